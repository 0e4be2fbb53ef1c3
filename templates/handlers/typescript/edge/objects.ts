/** Objects of the bucket that the trigger names: each event checked, and handled once. */

import type { Context } from "aws-lambda";

import listens from "../trigger.json" with { type: "json" };
import { Refused } from "./errors.js";
import { fault, logger } from "./log.js";
import { once } from "./once.js";
import { checker, isMapping } from "./validation.js";

/** What an object needs at least; with less it is left to be tried again. */
const RESERVE_MS = 2_000;
/** S3 sends one record; more than a few come from elsewhere. */
const MOST_RECORDS = 100;
/** A larger object is refused before it is read: raise this together with the function's memory. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Object keys, S3 user guide: 1,024 bytes of UTF-8. */
const LONGEST_KEY = 1024;
/** What shows nothing or changes how text is shown, and every space but the plain one. */
const NOT_PLAIN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** S3 user guide, "Event message structure". S3 may add keys: they are left alone, not refused. */
const check = checker({
  type: "object",
  required: ["eventSource", "eventName", "awsRegion", "s3"],
  properties: {
    eventSource: { const: "aws:s3" },
    eventName: { type: "string", pattern: "^Object(Created|Removed):[A-Za-z]{1,64}$" },
    awsRegion: { type: "string", pattern: "^[a-z0-9-]{1,32}$" },
    s3: {
      type: "object",
      required: ["bucket", "object"],
      properties: {
        bucket: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string", maxLength: 63 } },
        },
        object: {
          type: "object",
          required: ["key", "sequencer"],
          properties: {
            key: { type: "string", minLength: 1, maxLength: 3 * LONGEST_KEY },
            size: { type: "integer", minimum: 0, maximum: MOST_BYTES },
            versionId: { type: "string", pattern: "^[A-Za-z0-9._-]{1,1024}$" },
            sequencer: { type: "string", pattern: "^[0-9A-Fa-f]{1,64}$" },
          },
        },
      },
    },
  },
});

/** A record that the schema has passed. */
interface Entry {
  readonly eventName: string;
  readonly awsRegion: string;
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly versionId?: string;
      readonly sequencer: string;
    };
  };
}

class TooLittleTime extends Error {}

/** An object of the bucket and what happened to it. Its key is text of whoever wrote it. */
export interface Changed {
  readonly happened: "created" | "removed";
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
  readonly size: number | undefined;
}

/** The key as S3 keeps it; one that could be taken for a path out of its place is refused. */
function plainKey(encoded: string): string {
  let key: string;
  try {
    key = decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    throw new Refused("the key is no text");
  }
  const length = Buffer.byteLength(key);
  if (length === 0 || length > LONGEST_KEY || NOT_PLAIN.test(key)) {
    throw new Refused("the key is no plain text");
  }
  const steps = key.split("/");
  const leads = key.startsWith("/") || steps.includes(".") || steps.includes("..");
  if (leads || key.includes("\\") || key.includes("%")) {
    throw new Refused("the key is no plain path");
  }
  return key;
}

/** What makes the event one of its own, and the object. */
function read(record: unknown, context: Context): [string, Changed] {
  check(record);
  const { eventName, awsRegion, s3 } = record as Entry;
  const bucket = s3.bucket.name;
  const region = context.invokedFunctionArn.split(":")[3];
  if (bucket !== process.env[listens.bucket] || awsRegion !== region) {
    throw new Refused("it is of another bucket");
  }
  const happened = eventName.startsWith("ObjectCreated:") ? "created" : "removed";
  const key = plainKey(s3.object.key);
  const named = listens.keys.some(
    (keys) =>
      keys.events.includes(happened) && key.startsWith(keys.prefix) && key.endsWith(keys.suffix),
  );
  if (!named) {
    throw new Refused("the trigger does not name such objects");
  }
  const { versionId: version, size, sequencer } = s3.object;
  const own = JSON.stringify([happened, bucket, key, version ?? null, sequencer]);
  return [own, { happened, bucket, key, version, size }];
}

/** Handles each object once; if one fails all are tried again, and then kept as a dead letter. */
export async function take(
  event: unknown,
  context: Context,
  handle: (changed: Changed) => Promise<void>,
): Promise<{ status: string }> {
  const given: unknown = isMapping(event) ? event["Records"] : undefined;
  const records: unknown[] = Array.isArray(given) ? given : [];
  let failed = records.length === 0 || records.length > MOST_RECORDS;
  if (failed) {
    logger.error("refused", { reason: "this is no event of a bucket" });
  }
  for (const record of failed ? [] : records) {
    try {
      if (context.getRemainingTimeInMillis() < RESERVE_MS) {
        throw new TooLittleTime();
      }
      const [own, changed] = read(record, context);
      await once(own, () => handle(changed), context);
      logger.info("handled");
    } catch (error) {
      failed = true;
      if (error instanceof Refused) {
        logger.warn("refused", { reason: error.message, ...fault(error) });
      } else {
        logger.error("failed", fault(error));
      }
    }
  }
  if (failed) {
    // Thrown, so that it is not lost; what was done is not done again.
    throw new Error("an object was not handled; the log says why");
  }
  return { status: "done" };
}
