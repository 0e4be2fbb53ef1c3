/** Items of a table as their stream spells them, by type, and as values. */

import { Refused, TooLarge } from "./errors.js";
import { isMapping, MAX_BYTES, MAX_DEPTH } from "./validation.js";

/** What else is no number is none when it is read. */
const NUMBER = /^-?[0-9][0-9.eE+-]*$/;

/** How much text an item may still hold: one of a table has 400 KB at most. */
class Budget {
  #left = 2 * MAX_BYTES;

  text(value: unknown): string {
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw new Refused("this is no attribute");
    }
    this.#left -= value.length + 1;
    if (this.#left < 0) {
      throw new TooLarge("it is too large");
    }
    return value;
  }

  number(value: unknown): number {
    const text = this.text(value);
    const number = NUMBER.test(text) ? Number(text) : Number.NaN;
    // Beyond these a number is no longer the one that was stored.
    if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) {
      throw new Refused("a number is out of range");
    }
    return number;
  }
}

function attribute(value: unknown, budget: Budget, depth: number): unknown {
  if (depth > MAX_DEPTH) {
    throw new Refused("it is nested too deep");
  }
  const [first, ...more] = isMapping(value) ? Object.entries(value) : [];
  if (first === undefined || more.length > 0) {
    throw new Refused("this is no attribute");
  }
  const [kind, inner] = first;
  // Bytes stay in base64, as they came.
  if (kind === "S" || kind === "B") {
    return budget.text(inner);
  }
  if (kind === "N") {
    return budget.number(inner);
  }
  if (kind === "BOOL" && typeof inner === "boolean") {
    return inner;
  }
  if (kind === "NULL" && inner === true) {
    return null;
  }
  if (kind === "M" && isMapping(inner)) {
    const entries = Object.entries(inner);
    return Object.fromEntries(
      entries.map(([key, below]) => [budget.text(key), attribute(below, budget, depth + 1)]),
    );
  }
  if (kind === "L" && Array.isArray(inner)) {
    return inner.map((below: unknown) => attribute(below, budget, depth + 1));
  }
  if ((kind === "SS" || kind === "BS") && Array.isArray(inner)) {
    return inner.map((below: unknown) => budget.text(below));
  }
  if (kind === "NS" && Array.isArray(inner)) {
    return inner.map((below: unknown) => budget.number(below));
  }
  throw new Refused("this is no attribute");
}

/** An item: sets are lists. */
export function item(image: unknown): Record<string, unknown> {
  const value = attribute({ M: image }, new Budget(), 0);
  if (!isMapping(value) || Object.keys(value).length === 0) {
    throw new Refused("this is no item");
  }
  return value;
}
