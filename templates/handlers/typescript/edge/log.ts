/** Structured logs. What goes in is ours: never an event, a part of one, or an error's message. */

import { Logger } from "@aws-lambda-powertools/logger";

export const logger = new Logger({
  serviceName: process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "local",
});

const PLACE = /([A-Za-z0-9_]+\.[jt]s:\d+):\d+\)?$/;

/** What an error may say of itself: its type and where it was thrown. */
export function fault(error: unknown): { error: string; place: string } {
  if (!(error instanceof Error)) {
    return { error: "unknown", place: "unknown" };
  }
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at "));
  const place = PLACE.exec(frames?.[0] ?? "")?.[1] ?? "unknown";
  return { error: error.constructor.name, place };
}
