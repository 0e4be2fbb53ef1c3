"""Signatures of a sender: what was not signed, not just now, or not by this, is refused."""

import base64
import hashlib
import hmac
import os
import time
import unittest
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError

from edge.signature import Signature, Unauthenticated

KEYS = {"AWSCURRENT": "a key of the tests, now", "AWSPREVIOUS": "a key of the tests, before"}


class Sender:
    """Stands for Secrets Manager, which holds the keys of the sender."""

    def __init__(self, keys: dict[str, str] | None = None) -> None:
        self.keys = KEYS if keys is None else keys
        self.asked = 0

    def get_secret_value(self, SecretId: str, VersionStage: str) -> dict[str, str]:
        self.asked += 1
        if VersionStage not in self.keys:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.keys[VersionStage]}


def signed(
    request: dict[str, Any],
    scheme: dict[str, Any] | None,
    key: str = KEYS["AWSCURRENT"],
    at: float | None = None,
) -> dict[str, Any]:
    """The request as its sender sends it."""
    if scheme is None:
        return request
    timestamp = str(int(time.time() if at is None else at))
    body = request.get("body") or ""
    raw = base64.b64decode(body) if request.get("isBase64Encoded") else body.encode()
    head, tail = scheme["signed"].replace("{timestamp}", timestamp).split("{body}")
    made = hmac.new(key.encode(), head.encode() + raw + tail.encode(), hashlib.sha256).digest()
    spelt = made.hex() if scheme["encoding"] == "hex" else base64.b64encode(made).decode()
    headers = {**request.get("headers", {}), scheme["header"]: scheme["prefix"] + spelt}
    if scheme["fields"]:
        names = scheme["fields"]
        headers[scheme["header"]] = f"{names['timestamp']}={timestamp},{names['signature']}={spelt}"
    if scheme["timestamp"]:
        headers[scheme["timestamp"]] = timestamp
    return {**request, "headers": headers}


PLAIN = {
    "header": "x-signature",
    "prefix": "sha256=",
    "encoding": "hex",
    "timestamp": None,
    "fields": None,
    "signed": "{body}",
    "tolerance_s": 300,
    "variable": "SIGNED_TEST",
}
TIMED = {**PLAIN, "timestamp": "x-time", "signed": "v0:{timestamp}:{body}"}
FIELDS = {"timestamp": "t", "signature": "v1"}
LISTED = {**PLAIN, "prefix": "", "fields": FIELDS, "signed": "{timestamp}.{body}"}
BASE64 = {**PLAIN, "prefix": "", "encoding": "base64"}
SCHEMES = {"plain": PLAIN, "timed": TIMED, "listed": LISTED, "base64": BASE64}
REQUEST = {"headers": {"content-type": "application/json"}, "body": '{"a": 1}'}


class Signatures(unittest.TestCase):
    def setUp(self) -> None:
        self.sender = Sender()
        patches = (
            mock.patch("edge.signature.client", lambda _: self.sender),
            mock.patch.dict(os.environ, {"SIGNED_TEST": "arn"}),
        )
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def refuses(self, scheme: dict[str, Any], request: dict[str, Any]) -> None:
        with self.assertRaises(Unauthenticated):
            Signature(scheme).verify(request)

    def test_good(self) -> None:
        for scheme in SCHEMES.values():
            for key in KEYS.values():
                for body in ('{"a": 1}', "", None, "\u00e4\n"):
                    Signature(scheme).verify(signed({**REQUEST, "body": body}, scheme, key))
            encoded = {**REQUEST, "body": "AP8A/w==", "isBase64Encoded": True}
            Signature(scheme).verify(signed(encoded, scheme))

    def test_forged(self) -> None:
        for name, scheme in SCHEMES.items():
            good = signed(REQUEST, scheme)
            header = scheme["header"]
            text = good["headers"][header]
            forged: dict[str, Any] = {
                "cut": text[:-1],
                "longer": text + "0",
                "upper case": text.upper(),
                "a line": text + "\n",
                "a space": " " + text,
                "twice": f"{text},{text}",
                "nothing": "",
                "a number": 1,
                "none": None,
                "not ASCII": text[:-1] + "\uff11",
                "very long": text * 100,
                "another key": signed(REQUEST, scheme, "a key of somebody else")["headers"][header],
                "spelt otherwise": signed(
                    REQUEST,
                    {**scheme, "encoding": "hex" if scheme["encoding"] == "base64" else "base64"},
                )["headers"][header],
            }
            if scheme["prefix"]:
                forged["no prefix"] = text.removeprefix(scheme["prefix"])
            for how, value in forged.items():
                with self.subTest(scheme=name, forged=how):
                    self.refuses(scheme, {**good, "headers": {**good["headers"], header: value}})
            for headers in ({}, None, [], {**good["headers"], header.upper(): text}):
                self.refuses(scheme, {**good, "headers": headers})
            for body in ('{"a": 2}', '{"a": 1} ', "", None, 1, {"a": 1}, "\ud800"):
                self.refuses(scheme, {**good, "body": body})
            self.refuses(scheme, {**good, "body": "%", "isBase64Encoded": True})

    def test_times(self) -> None:
        now = time.time()
        for scheme in (TIMED, LISTED):
            for at in (now - 290, now + 290):
                Signature(scheme).verify(signed(REQUEST, scheme, at=at))
            for at in (now - 310, now + 310, 0):
                self.refuses(scheme, signed(REQUEST, scheme, at=at))
        good = signed(REQUEST, TIMED)
        for text in ("", "x", "1e9", "-1", " 1", str(now), "9" * 40, None):
            self.refuses(TIMED, {**good, "headers": {**good["headers"], "x-time": text}})
        early = str(int(now) - 1)
        self.refuses(TIMED, {**good, "headers": {**good["headers"], "x-time": early}})

    def test_once(self) -> None:
        for scheme in (TIMED, LISTED):
            signature, request = Signature(scheme), signed(REQUEST, scheme)
            # What failed may come again; what was done may not.
            signature.verify(request)
            signature.done(signature.verify(request))
            with self.assertRaises(Unauthenticated):
                signature.verify(request)

    def test_keys(self) -> None:
        signature = Signature(PLAIN)
        for _ in range(3):
            signature.verify(signed(REQUEST, PLAIN))
        self.assertEqual(self.sender.asked, 2)
        # Forged ones do not ask each time, either.
        for _ in range(3):
            with self.assertRaises(Unauthenticated):
                signature.verify(signed(REQUEST, PLAIN, "a key of somebody else"))
        self.assertEqual(self.sender.asked, 2)
        self.sender.keys = {"AWSCURRENT": "a key that came by a rotation"}
        with mock.patch("edge.signature.time.time", return_value=time.time() + 60):
            signature.verify(signed(REQUEST, PLAIN, "a key that came by a rotation"))
            with self.assertRaises(Unauthenticated):
                signature.verify(signed(REQUEST, PLAIN, KEYS["AWSPREVIOUS"]))

    def test_short_key(self) -> None:
        self.sender.keys = {"AWSCURRENT": "short"}
        with self.assertRaises(ValueError):
            Signature(PLAIN).verify(signed(REQUEST, PLAIN, "short"))


if __name__ == "__main__":
    unittest.main()
