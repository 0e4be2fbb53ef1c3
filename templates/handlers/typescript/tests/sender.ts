/** A sender that signs, and Secrets Manager, which holds its keys. */

import { createHmac } from "node:crypto";
import { mock } from "node:test";

import { ResourceNotFoundException, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import type { Scheme } from "../edge/signature.js";

export type { Scheme };

export const KEY = "a key of the tests, now";
export const BEFORE = "a key of the tests, before";

interface Asked {
  readonly input: { readonly VersionStage?: string };
}

/** Answers with keys by their stage; gives how often it was asked. */
export function secrets(
  keys: ReadonlyMap<string, string> = new Map([
    ["AWSCURRENT", KEY],
    ["AWSPREVIOUS", BEFORE],
  ]),
): () => number {
  const send = async (command: Asked): Promise<unknown> => {
    const key = keys.get(command.input.VersionStage ?? "");
    if (key === undefined) {
      throw await Promise.resolve(new ResourceNotFoundException({ message: "", $metadata: {} }));
    }
    return { SecretString: key };
  };
  const mocked = mock.method(SecretsManagerClient.prototype, "send", send);
  return () => mocked.mock.callCount();
}

/** The request as its sender sends it. */
export function signed(
  request: Record<string, unknown>,
  scheme: Scheme | undefined,
  key = KEY,
  at = Date.now(),
): Record<string, unknown> {
  if (scheme === undefined) {
    return request;
  }
  const timestamp = String(Math.floor(at / 1000));
  const body = typeof request["body"] === "string" ? request["body"] : "";
  const raw = Buffer.from(body, request["isBase64Encoded"] === true ? "base64" : "utf8");
  const [head = "", tail = ""] = scheme.signed.replace("{timestamp}", timestamp).split("{body}");
  const content = Buffer.concat([Buffer.from(head), raw, Buffer.from(tail)]);
  const spelling = scheme.encoding === "hex" ? "hex" : "base64";
  const spelt = createHmac("sha256", key).update(content).digest(spelling);
  const headers = new Map(Object.entries(request["headers"] as object));
  headers.set(
    scheme.header,
    scheme.fields === null
      ? scheme.prefix + spelt
      : `${scheme.fields.timestamp}=${timestamp},${scheme.fields.signature}=${spelt}`,
  );
  if (scheme.timestamp !== null) {
    headers.set(scheme.timestamp, timestamp);
  }
  return { ...request, headers: Object.fromEntries(headers) };
}
