"""Objects of the bucket that the trigger names: each event checked, and handled once."""

import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.aws import setting
from edge.log import fault, logger
from edge.once import once
from edge.validation import ROOT, Refused, Schema

# What an object needs at least; with less it is left to be tried again.
RESERVE_MS = 2_000
# S3 sends one record; more than a few come from elsewhere.
MOST_RECORDS = 100
# A larger object is refused before it is read: raise this together with the function's memory.
MOST_BYTES = 64 * 1024 * 1024
# Object keys, S3 user guide: 1,024 bytes of UTF-8.
LONGEST_KEY = 1024

_LISTENS = json.loads((ROOT / "trigger.json").read_text(encoding="utf-8"))
_HAPPENED = {"ObjectCreated": "created", "ObjectRemoved": "removed"}
# S3 user guide, "Event message structure". S3 may add keys: they are left alone, not refused.
_RECORD = Schema(
    {
        "type": "object",
        "required": ["eventSource", "eventName", "awsRegion", "s3"],
        "properties": {
            "eventSource": {"const": "aws:s3"},
            "eventName": {"type": "string", "pattern": "^Object(Created|Removed):[A-Za-z]{1,64}$"},
            "awsRegion": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
            "s3": {
                "type": "object",
                "required": ["bucket", "object"],
                "properties": {
                    "bucket": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"type": "string", "maxLength": 63}},
                    },
                    "object": {
                        "type": "object",
                        "required": ["key", "sequencer"],
                        "properties": {
                            "key": {"type": "string", "minLength": 1, "maxLength": 3 * LONGEST_KEY},
                            "size": {"type": "integer", "minimum": 0, "maximum": MOST_BYTES},
                            "versionId": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,1024}$"},
                            "sequencer": {"type": "string", "pattern": "^[0-9A-Fa-f]{1,64}$"},
                        },
                    },
                },
            },
        },
    }
)


class TooLittleTime(Exception):
    """Left to be tried again."""


@dataclass(frozen=True)
class Changed:
    """An object of the bucket and what happened to it. Its key is text of whoever wrote it."""

    happened: str
    bucket: str
    key: str
    version: str | None
    size: int | None


def _key(encoded: str) -> str:
    """The key as S3 keeps it; one that could be taken for a path out of its place is refused."""
    try:
        key = urllib.parse.unquote_plus(encoded, errors="strict")
        length = len(key.encode())
    except UnicodeError:
        raise Refused("the key is no text") from None
    steps = key.split("/")
    if not 0 < length <= LONGEST_KEY or not key.isprintable():
        raise Refused("the key is no plain text")
    if key.startswith("/") or "\\" in key or "%" in key or "." in steps or ".." in steps:
        raise Refused("the key is no plain path")
    return key


def _read(record: Any, context: Any) -> tuple[str, Changed]:
    """What makes the event one of its own, and the object."""
    _RECORD.check(record)
    bucket, entry = record["s3"]["bucket"]["name"], record["s3"]["object"]
    region = context.invoked_function_arn.split(":")[3]
    if bucket != setting(_LISTENS["bucket"]) or record["awsRegion"] != region:
        raise Refused("it is of another bucket")
    happened = _HAPPENED[record["eventName"].split(":")[0]]
    key = _key(entry["key"])
    if not any(
        happened in keys["events"]
        and key.startswith(keys["prefix"])
        and key.endswith(keys["suffix"])
        for keys in _LISTENS["keys"]
    ):
        raise Refused("the trigger does not name such objects")
    version = entry.get("versionId")
    changed = Changed(happened, bucket, key, version, entry.get("size"))
    return json.dumps([happened, bucket, key, version, entry["sequencer"]]), changed


def take(event: Any, context: Any, handle: Callable[[Changed], None]) -> dict[str, str]:
    """Handles each object once; if one fails all are tried again, and then kept as a dead letter."""
    records = event.get("Records") if isinstance(event, dict) else None
    failed = not isinstance(records, list) or not 0 < len(records) <= MOST_RECORDS
    if failed:
        logger.error("refused", reason="this is no event of a bucket")
        records = []
    for record in records or []:
        try:
            if context.get_remaining_time_in_millis() < RESERVE_MS:
                raise TooLittleTime
            own, changed = _read(record, context)
            once(own, lambda changed=changed: handle(changed), context)
            logger.info("handled")
        except Refused as error:
            failed = True
            logger.warning("refused", reason=str(error), **fault(error))
        except Exception as error:
            failed = True
            logger.error("failed", **fault(error))
    if failed:
        # Raised, so that it is not lost; what was done is not done again.
        raise RuntimeError("an object was not handled; the log says why")
    return {"status": "done"}
