"""Requests that their sender signed with a shared secret (HMAC-SHA-256): checked before anything of them is read."""

import base64
import binascii
import hashlib
import hmac
import re
import time
from typing import Any

from botocore.exceptions import ClientError

from edge.aws import client, setting

# Keys are kept so long; a signature that none of them made asks for them again, seldom.
SECONDS = 300
SECONDS_ANEW = 30
# A shorter key can be guessed.
LEAST_BYTES = 16
# Signatures that are remembered, and those that one header may hold.
MOST_SEEN = 10_000
MOST_SIGNATURES = 5
LONGEST_HEADER = 1024
SPELT = {"hex": r"[0-9a-f]{64}", "base64": r"[A-Za-z0-9+/]{43}="}


class Unauthenticated(Exception):
    """Nobody has proved who sent this. It says no more than that."""


class _Keys:
    """The keys of a secret: the current one and, while it is rotated, the one before."""

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._keys: list[bytes] = []
        self._fetched = 0.0

    def get(self, anew: bool) -> list[bytes]:
        age = time.time() - self._fetched
        if not self._keys or not 0 <= age < (SECONDS_ANEW if anew else SECONDS):
            self._keys = [_key(self._variable, "AWSCURRENT")]
            try:
                self._keys.append(_key(self._variable, "AWSPREVIOUS"))
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
            self._fetched = time.time()
        return self._keys


def _key(variable: str, stage: str) -> bytes:
    found = client("secretsmanager").get_secret_value(
        SecretId=setting(variable), VersionStage=stage
    )
    key = found["SecretString"].encode()
    if len(key) < LEAST_BYTES:
        raise ValueError("the key of the sender is too short")
    return key


def _header(event: dict[str, Any], name: str) -> str:
    headers = event.get("headers")
    if not isinstance(headers, dict):
        raise Unauthenticated
    values = [value for key, value in headers.items() if str(key).lower() == name]
    if len(values) != 1 or not isinstance(values[0], str) or len(values[0]) > LONGEST_HEADER:
        raise Unauthenticated
    return values[0]


def _body(event: dict[str, Any]) -> bytes:
    """The body, byte for byte as it was sent."""
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Unauthenticated
    try:
        if event.get("isBase64Encoded") is True:
            return base64.b64decode(body, validate=True)
        return body.encode()
    except (binascii.Error, ValueError):
        raise Unauthenticated from None


class Signature:
    """How requests of a route are signed."""

    def __init__(self, declared: dict[str, Any]) -> None:
        self._declared = declared
        self._keys = _Keys(declared["variable"])
        # What was done, by what was signed, and until when it could come again.
        self._seen: dict[bytes, float] = {}

    def verify(self, event: dict[str, Any]) -> bytes:
        """Refuses what was not signed, not just now, or was done already; gives what it is known by."""
        timestamp, given = self._given(event)
        head, tail = self._declared["signed"].split("{body}")
        # Only the parts around the body are filled in: it stays what it is.
        content = b"".join(
            [
                head.replace("{timestamp}", timestamp).encode(),
                _body(event),
                tail.replace("{timestamp}", timestamp).encode(),
            ]
        )
        if not any(self._signed(content, given, anew) for anew in (False, True)):
            raise Unauthenticated
        known = hashlib.sha256(content).digest()
        if self._seen.get(known, 0.0) > time.time():
            raise Unauthenticated
        return known

    def done(self, known: bytes) -> None:
        """Remembers what was done, where its time tells it from the same sent once more."""
        if not self._is_timed():
            return
        now = time.time()
        if len(self._seen) >= MOST_SEEN:
            self._seen = {key: until for key, until in self._seen.items() if until > now}
        if len(self._seen) >= MOST_SEEN:
            self._seen.pop(next(iter(self._seen)))
        # A clock may be ahead by the tolerance, too.
        self._seen[known] = now + 2 * self._declared["tolerance_s"]

    def _signed(self, content: bytes, given: list[str], anew: bool) -> bool:
        is_signed = False
        for key in self._keys.get(anew):
            made = hmac.new(key, content, hashlib.sha256).digest()
            spelt = made.hex() if self._declared["encoding"] == "hex" else base64.b64encode(made).decode()
            for signature in given:
                is_signed |= hmac.compare_digest(spelt, signature)
        return is_signed

    def _is_timed(self) -> bool:
        return bool(self._declared["fields"] or self._declared["timestamp"])

    def _given(self, event: dict[str, Any]) -> tuple[str, list[str]]:
        """The time and the signatures that the headers say, each in its only spelling."""
        text = _header(event, self._declared["header"])
        fields, timestamp = self._declared["fields"], ""
        if fields:
            parts = [part.split("=", 1) for part in text.split(",")]
            times = [part[1] for part in parts if part[0] == fields["timestamp"] and len(part) == 2]
            given = [part[1] for part in parts if part[0] == fields["signature"] and len(part) == 2]
            if len(times) != 1:
                raise Unauthenticated
            timestamp = times[0]
        else:
            if not text.startswith(self._declared["prefix"]):
                raise Unauthenticated
            given = [text[len(self._declared["prefix"]) :]]
            if self._declared["timestamp"]:
                timestamp = _header(event, self._declared["timestamp"])
        spelt = SPELT[self._declared["encoding"]]
        if not 0 < len(given) <= MOST_SIGNATURES:
            raise Unauthenticated
        if not all(re.fullmatch(spelt, signature, re.ASCII) for signature in given):
            raise Unauthenticated
        if self._is_timed():
            if not re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII):
                raise Unauthenticated
            if abs(time.time() - int(timestamp)) > self._declared["tolerance_s"]:
                raise Unauthenticated
        return timestamp, given
