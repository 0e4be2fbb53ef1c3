/** Signatures of a sender: what was not signed, not just now, or not by this, is refused. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { BEFORE, KEY, type Scheme, secrets, signed } from "./sender.js";

const { Signature } = await import("../edge/signature.js");
const { Unauthenticated } = await import("../edge/errors.js");

const PLAIN: Scheme = {
  header: "x-signature",
  prefix: "sha256=",
  encoding: "hex",
  timestamp: null,
  fields: null,
  signed: "{body}",
  tolerance_s: 300,
  variable: "SIGNED_TEST",
};
const TIMED: Scheme = { ...PLAIN, timestamp: "x-time", signed: "v0:{timestamp}:{body}" };
const LISTED: Scheme = {
  ...PLAIN,
  prefix: "",
  fields: { timestamp: "t", signature: "v1" },
  signed: "{timestamp}.{body}",
};
const BASE64: Scheme = { ...PLAIN, prefix: "", encoding: "base64" };
const SCHEMES = [PLAIN, TIMED, LISTED, BASE64];
const REQUEST = { headers: { "content-type": "application/json" }, body: '{"a": 1}' };

const verify = (scheme: Scheme, request: Record<string, unknown>): Promise<string> =>
  new Signature(scheme).verify(request);
const refuses = (scheme: Scheme, request: Record<string, unknown>, how?: string): Promise<void> =>
  assert.rejects(verify(scheme, request), Unauthenticated, how);
const header = (request: Record<string, unknown>, name: string): string =>
  String(new Map(Object.entries(request["headers"] as object)).get(name));
const withHeader = (
  request: Record<string, unknown>,
  name: string,
  value: unknown,
): Record<string, unknown> => ({
  ...request,
  headers: { ...(request["headers"] as object), ...Object.fromEntries([[name, value]]) },
});

beforeEach(() => {
  mock.restoreAll();
  secrets();
});

test("good signatures", async () => {
  for (const scheme of SCHEMES) {
    for (const key of [KEY, BEFORE]) {
      for (const body of ['{"a": 1}', "", null, "\u00e4\n"]) {
        await verify(scheme, signed({ ...REQUEST, body }, scheme, key));
      }
    }
    const encoded = { ...REQUEST, body: "AP8A/w==", isBase64Encoded: true };
    await verify(scheme, signed(encoded, scheme));
  }
});

test("forged signatures", async () => {
  for (const scheme of SCHEMES) {
    const good = signed(REQUEST, scheme);
    const text = header(good, scheme.header);
    const other = scheme.encoding === "hex" ? "base64" : "hex";
    const forged: unknown[] = [
      text.slice(0, -1),
      `${text}0`,
      text.toUpperCase(),
      `${text}\n`,
      ` ${text}`,
      `${text},${text}`,
      "",
      1,
      null,
      `${text.slice(0, -1)}\uff11`,
      text.repeat(100),
      header(signed(REQUEST, scheme, "a key of somebody else"), scheme.header),
      header(signed(REQUEST, { ...scheme, encoding: other }), scheme.header),
    ];
    if (scheme.prefix !== "") {
      forged.push(text.slice(scheme.prefix.length));
    }
    for (const value of forged) {
      await refuses(scheme, withHeader(good, scheme.header, value), String(value));
    }
    await refuses(scheme, withHeader(good, scheme.header.toUpperCase(), text), "two headers");
    for (const headers of [{}, null, []]) {
      await refuses(scheme, { ...good, headers });
    }
    for (const body of ['{"a": 2}', '{"a": 1} ', "", null, 1, { a: 1 }, "\ud800"]) {
      await refuses(scheme, { ...good, body }, JSON.stringify(body));
    }
    await refuses(scheme, { ...good, body: "%", isBase64Encoded: true });
  }
});

test("times", async () => {
  const now = Date.now();
  for (const scheme of [TIMED, LISTED]) {
    for (const at of [now - 290_000, now + 290_000]) {
      await verify(scheme, signed(REQUEST, scheme, KEY, at));
    }
    for (const at of [now - 310_000, now + 310_000, 0]) {
      await refuses(scheme, signed(REQUEST, scheme, KEY, at));
    }
  }
  const good = signed(REQUEST, TIMED);
  const early = String(Math.floor(now / 1000) - 1);
  for (const text of ["", "x", "1e9", "-1", " 1", "0x1", "9".repeat(40), null, early]) {
    await refuses(TIMED, withHeader(good, "x-time", text), String(text));
  }
});

test("once", async () => {
  for (const scheme of [TIMED, LISTED]) {
    const signature = new Signature(scheme);
    const request = signed(REQUEST, scheme);
    // What failed may come again; what was done may not.
    await signature.verify(request);
    signature.done(await signature.verify(request));
    await assert.rejects(signature.verify(request), Unauthenticated);
  }
});

test("keys", async () => {
  const asked = secrets();
  const signature = new Signature(PLAIN);
  for (let count = 0; count < 3; count += 1) {
    await signature.verify(signed(REQUEST, PLAIN));
  }
  assert.equal(asked(), 2);
  // Forged ones do not ask each time, either.
  const forged = signed(REQUEST, PLAIN, "a key of somebody else");
  for (let count = 0; count < 3; count += 1) {
    await assert.rejects(signature.verify(forged), Unauthenticated);
  }
  assert.equal(asked(), 2);
  mock.restoreAll();
  secrets(new Map([["AWSCURRENT", "a key that came by a rotation"]]));
  const later = Date.now() + 60_000;
  mock.method(Date, "now", () => later);
  await signature.verify(signed(REQUEST, PLAIN, "a key that came by a rotation"));
  await assert.rejects(signature.verify(signed(REQUEST, PLAIN, BEFORE)), Unauthenticated);
});

test("a short key", async () => {
  secrets(new Map([["AWSCURRENT", "short"]]));
  await assert.rejects(verify(PLAIN, signed(REQUEST, PLAIN, "short")), TypeError);
});
