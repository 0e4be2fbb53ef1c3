/** Text becomes a value only when it is small, plain JSON and as its schema declares. */

import type { AnySchema } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

import { Refused, TooLarge } from "./errors.js";

export const MAX_BYTES = 256 * 1024;
export const MAX_DEPTH = 32;

/** Counts the keys that are written in valid JSON: each has the only colon outside of strings. */
function written(text: string): number {
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') {
      inString = !inString;
    } else if (inString && char === "\\") {
      at += 1;
    } else if (!inString && char === ":") {
      count += 1;
    }
  }
  return count;
}

/** Counts the keys of a value; refuses what a handler does not need. */
function keys(value: unknown, depth = 0): number {
  if (depth > MAX_DEPTH) {
    throw new Refused("it is nested too deep");
  }
  if (typeof value === "string" && !value.isWellFormed()) {
    throw new Refused("it holds no text");
  }
  // Beyond these a number is no longer the one that was sent.
  const whole = typeof value === "number" && Number.isInteger(value);
  if (value === Infinity || value === -Infinity || (whole && !Number.isSafeInteger(value))) {
    throw new Refused("a number is out of range");
  }
  if (Array.isArray(value)) {
    return value.reduce<number>((count, below) => count + keys(below, depth + 1), 0);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    return entries.reduce(
      (count, [key, below]) => count + keys(key, depth + 1) + keys(below, depth + 1),
      entries.length,
    );
  }
  return 0;
}

/** JSON without duplicate keys, lone surrogates, depth or size that a handler does not need. */
export function parse(text: unknown): unknown {
  if (typeof text !== "string") {
    throw new Refused("there is no text");
  }
  if (text.length > MAX_BYTES || Buffer.byteLength(text) > MAX_BYTES) {
    throw new TooLarge("it is too large");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused("it is no JSON");
  }
  if (keys(value) !== written(text)) {
    throw new Refused("a key is there twice");
  }
  return value;
}

/** Compiles a schema (2020-12) that is shipped with the handler; it is checked by what this gives. */
export function checker(schema: AnySchema): (value: unknown) => void {
  const ajv = new Ajv2020({ allErrors: false, strict: false, ownProperties: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) => {
    if (!validate(value)) {
      throw new Refused("it is not as the schema declares");
    }
  };
}

/** A value that is a mapping and no list. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
