/** Runs by a time table: each time once, and in the time that is left. */

import type { Context } from "aws-lambda";

import { Refused } from "./errors.js";
import { fault, logger } from "./log.js";
import { once } from "./once.js";
import { checker, isMapping } from "./validation.js";

const RESERVE_MS = 5_000;

/** What the schedule sends; the time is the one that the run is for. */
const check = checker({
  type: "object",
  additionalProperties: false,
  properties: {
    time: {
      type: "string",
      pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    },
  },
});

/** The time that a run is for, where the schedule says it, and whether another step may begin. */
export interface Run {
  readonly time: string | undefined;
  readonly hasTime: () => boolean;
}

/** Does the work once; an event that is not the schedule's does nothing. */
export async function run(
  event: unknown,
  context: Context,
  work: (run: Run) => Promise<void>,
): Promise<{ status: string }> {
  try {
    check(event);
  } catch (error) {
    const reason = error instanceof Refused ? error.message : "unknown";
    logger.error("refused", { reason, ...fault(error) });
    return { status: "refused" };
  }
  const time = isMapping(event) && typeof event["time"] === "string" ? event["time"] : undefined;
  const hasTime = (): boolean => context.getRemainingTimeInMillis() > RESERVE_MS;
  try {
    // Without a time, what is repeated is known by its request.
    await once(time ?? context.awsRequestId, () => work({ time, hasTime }), context);
  } catch (error) {
    logger.error("failed", fault(error));
    // Thrown, so that it is tried again and the alarm on errors hears of it.
    throw new Error("the run failed; the log says where");
  }
  logger.info("done");
  return { status: "done" };
}
