/** Records of a shard: in their order, and from the first that failed on they come again. */

import type { Context } from "aws-lambda";

import { Refused, TooLarge } from "./errors.js";
import { fault, logger } from "./log.js";
import { once } from "./once.js";
import { isMapping } from "./validation.js";

/** What a record needs at least; the rest of the batch is left for another invocation. */
const RESERVE_MS = 2_000;

class TooLittleTime extends Error {}

/** What the records of a stream are known by. */
export interface Stream {
  readonly service: string;
  /** Where in a record its number in the shard stands. */
  readonly part: string;
  readonly number: string;
  /** Whether an ARN is that of the stream. */
  readonly has: (arn: string) => boolean;
}

/** The first record that failed, for Lambda to go on from there. */
export interface Failures {
  batchItemFailures: { itemIdentifier: string }[];
}

/** A record that is one of the stream. */
interface Shard {
  readonly id: string;
  readonly number: string;
  readonly part: Record<string, unknown>;
  readonly record: Record<string, unknown>;
}

function shard(record: unknown, stream: Stream): Shard | undefined {
  const part = isMapping(record) ? Reflect.get(record, stream.part) : undefined;
  if (!isMapping(record) || !isMapping(part)) {
    return undefined;
  }
  const number: unknown = Reflect.get(part, stream.number);
  const { eventID: id, eventSource, eventSourceARN: arn } = record;
  const isOurs =
    typeof number === "string" &&
    number !== "" &&
    typeof id === "string" &&
    id !== "" &&
    eventSource === stream.service &&
    typeof arn === "string" &&
    stream.has(arn);
  return isOurs ? { id, number, part, record } : undefined;
}

/** Handles record by record; the first that failed is named, and Lambda goes on from there. */
export async function workInOrder<T>(
  event: unknown,
  context: Context,
  stream: Stream,
  read: (part: Record<string, unknown>, record: Record<string, unknown>) => T,
  handle: (checked: T) => Promise<void>,
): Promise<Failures> {
  const records: unknown = isMapping(event) ? event["Records"] : undefined;
  const shards = Array.isArray(records) ? records.map((one: unknown) => shard(one, stream)) : [undefined];
  const ours = shards.filter((one) => one !== undefined);
  if (ours.length !== shards.length) {
    logger.error("refused", { reason: "this is no batch of the stream" });
    // An empty identifier hands the whole batch back.
    return { batchItemFailures: [{ itemIdentifier: "" }] };
  }
  for (const { id, number, part, record } of ours) {
    try {
      if (context.getRemainingTimeInMillis() < RESERVE_MS) {
        throw new TooLittleTime();
      }
      const checked = read(part, record);
      await once(id, () => handle(checked), context);
      logger.info("handled");
    } catch (error) {
      if (error instanceof Refused || error instanceof TooLarge) {
        logger.warn("refused", { reason: error.message, ...fault(error) });
      } else {
        logger.error("failed", fault(error));
      }
      return { batchItemFailures: [{ itemIdentifier: number }] };
    }
  }
  return { batchItemFailures: [] };
}
