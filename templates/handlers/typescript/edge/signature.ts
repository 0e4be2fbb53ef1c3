/** Requests that their sender signed with a shared secret (HMAC-SHA-256): checked before anything of them is read. */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

import { CLIENT, lazy } from "./aws.js";
import { Unauthenticated } from "./errors.js";
import { isMapping } from "./validation.js";

/** Keys are kept so long; a signature that none of them made asks for them again, seldom. */
const MS = 300_000;
const MS_ANEW = 30_000;
/** A shorter key can be guessed. */
const LEAST_BYTES = 16;
/** Signatures that are remembered, and those that one header may hold. */
const MOST_SEEN = 10_000;
const MOST_SIGNATURES = 5;
const LONGEST_HEADER = 1024;
const HEX = /^[0-9a-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;
const TIME = /^[0-9]{1,12}$/;

/** How a sender signs, by `routes.json`. */
export interface Scheme {
  readonly header: string;
  readonly prefix: string;
  readonly encoding: string;
  readonly timestamp: string | null;
  readonly fields: { readonly timestamp: string; readonly signature: string } | null;
  readonly signed: string;
  readonly tolerance_s: number;
  readonly variable: string;
}

const client = lazy(() => new SecretsManagerClient(CLIENT));

async function keyOf(variable: string, stage: string): Promise<Buffer> {
  const arn: unknown = Reflect.get(process.env, variable);
  const command = new GetSecretValueCommand({
    SecretId: typeof arn === "string" ? arn : undefined,
    VersionStage: stage,
  });
  const { SecretString = "" } = await client().send(command);
  const key = Buffer.from(SecretString);
  if (key.length < LEAST_BYTES) {
    throw new TypeError("the key of the sender is too short");
  }
  return key;
}

/** The keys of a secret: the current one and, while it is rotated, the one before. */
class Keys {
  readonly #variable: string;
  #keys: readonly Buffer[] = [];
  #fetched = 0;

  constructor(variable: string) {
    this.#variable = variable;
  }

  async get(anew: boolean): Promise<readonly Buffer[]> {
    const age = Date.now() - this.#fetched;
    if (this.#keys.length === 0 || age < 0 || age >= (anew ? MS_ANEW : MS)) {
      const current = await keyOf(this.#variable, "AWSCURRENT");
      this.#keys = [current, ...(await this.#before())];
      this.#fetched = Date.now();
    }
    return this.#keys;
  }

  async #before(): Promise<Buffer[]> {
    try {
      return [await keyOf(this.#variable, "AWSPREVIOUS")];
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return [];
      }
      throw error;
    }
  }
}

function headerOf(event: Record<string, unknown>, name: string): string {
  const headers = event["headers"];
  const values = isMapping(headers)
    ? Object.entries(headers).filter(([key]) => key.toLowerCase() === name)
    : [];
  const value = values[0]?.[1];
  if (values.length !== 1 || typeof value !== "string" || value.length > LONGEST_HEADER) {
    throw new Unauthenticated();
  }
  return value;
}

/** The body, byte for byte as it was sent. */
function bodyOf(event: Record<string, unknown>): Buffer {
  const body = event["body"] ?? "";
  if (typeof body !== "string") {
    throw new Unauthenticated();
  }
  const encoded = event["isBase64Encoded"] === true;
  const bytes = Buffer.from(body, encoded ? "base64" : "utf8");
  // What is no base64, or no text, would be read as something else.
  if (bytes.toString(encoded ? "base64" : "utf8") !== body) {
    throw new Unauthenticated();
  }
  return bytes;
}

/** How requests of a route are signed. */
export class Signature {
  readonly #declared: Scheme;
  readonly #keys: Keys;
  /** What was done, by what was signed, and until when it could come again. */
  readonly #seen = new Map<string, number>();

  constructor(declared: Scheme) {
    this.#declared = declared;
    this.#keys = new Keys(declared.variable);
  }

  /** Refuses what was not signed, not just now, or was done already; gives what it is known by. */
  async verify(event: Record<string, unknown>): Promise<string> {
    const { timestamp, given } = this.#given(event);
    const [head = "", tail = ""] = this.#declared.signed.split("{body}");
    // Only the parts around the body are filled in: it stays what it is.
    const content = Buffer.concat([
      Buffer.from(head.replace("{timestamp}", timestamp)),
      bodyOf(event),
      Buffer.from(tail.replace("{timestamp}", timestamp)),
    ]);
    const signed =
      (await this.#signed(content, given, false)) || (await this.#signed(content, given, true));
    if (!signed) {
      throw new Unauthenticated();
    }
    const known = createHash("sha256").update(content).digest("base64");
    if ((this.#seen.get(known) ?? 0) > Date.now()) {
      throw new Unauthenticated();
    }
    return known;
  }

  /** Remembers what was done, where its time tells it from the same sent once more. */
  done(known: string): void {
    if (!this.#isTimed()) {
      return;
    }
    const now = Date.now();
    for (const [key, until] of this.#seen) {
      // The oldest stand first.
      if (until > now && this.#seen.size < MOST_SEEN) {
        break;
      }
      this.#seen.delete(key);
    }
    // A clock may be ahead by the tolerance, too.
    this.#seen.set(known, now + 2_000 * this.#declared.tolerance_s);
  }

  async #signed(content: Buffer, given: readonly string[], anew: boolean): Promise<boolean> {
    const spelling = this.#declared.encoding === "hex" ? "hex" : "base64";
    let isSigned = false;
    for (const key of await this.#keys.get(anew)) {
      const spelt = Buffer.from(createHmac("sha256", key).update(content).digest(spelling));
      for (const signature of given) {
        // Both are of one length: the spelling was checked.
        isSigned = timingSafeEqual(spelt, Buffer.from(signature)) || isSigned;
      }
    }
    return isSigned;
  }

  #isTimed(): boolean {
    return this.#declared.fields !== null || this.#declared.timestamp !== null;
  }

  /** The time and the signatures that the headers say, each in its only spelling. */
  #given(event: Record<string, unknown>): { timestamp: string; given: string[] } {
    const { encoding, fields, prefix, timestamp: header, tolerance_s } = this.#declared;
    const text = headerOf(event, this.#declared.header);
    let timestamp = "";
    let given: string[];
    if (fields === null) {
      if (!text.startsWith(prefix)) {
        throw new Unauthenticated();
      }
      given = [text.slice(prefix.length)];
      timestamp = header === null ? "" : headerOf(event, header);
    } else {
      const of = (name: string): string[] =>
        text
          .split(",")
          .filter((part) => part.startsWith(`${name}=`))
          .map((part) => part.slice(name.length + 1));
      const times = of(fields.timestamp);
      if (times.length !== 1) {
        throw new Unauthenticated();
      }
      timestamp = times[0] ?? "";
      given = of(fields.signature);
    }
    const spelling = encoding === "hex" ? HEX : BASE64;
    if (given.length === 0 || given.length > MOST_SIGNATURES) {
      throw new Unauthenticated();
    }
    if (!given.every((signature) => spelling.test(signature))) {
      throw new Unauthenticated();
    }
    if (this.#isTimed()) {
      const apart = Math.abs(Date.now() / 1000 - Number(timestamp));
      if (!TIME.test(timestamp) || apart > tolerance_s) {
        throw new Unauthenticated();
      }
    }
    return { timestamp, given };
  }
}
