"""Records of a shard: in their order, and from the first that failed on they come again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.log import fault, logger
from edge.once import once
from edge.validation import Refused

# What a record needs at least; the rest of the batch is left for another invocation.
RESERVE_MS = 2_000
# An empty identifier hands the whole batch back.
WHOLE_BATCH = {"batchItemFailures": [{"itemIdentifier": ""}]}


class TooLittleTime(Exception):
    """Left for another invocation."""


@dataclass(frozen=True)
class Stream:
    """What the records of a stream are known by."""

    service: str
    # Where in a record its number in the shard stands.
    part: str
    number: str
    # Whether an ARN is that of the stream.
    has: Callable[[str], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_record(record: Any, stream: Stream) -> bool:
    part = record.get(stream.part) if isinstance(record, dict) else None
    return (
        isinstance(part, dict)
        and _is_text(part.get(stream.number))
        and _is_text(record.get("eventID"))
        and record.get("eventSource") == stream.service
        and isinstance(record.get("eventSourceARN"), str)
        and stream.has(record["eventSourceARN"])
    )


def work_in_order(
    event: Any,
    context: Any,
    stream: Stream,
    read: Callable[[dict[str, Any]], Any],
    handle: Callable[[Any], None],
) -> dict[str, Any]:
    """Handles record by record; the first that failed is named, and Lambda goes on from there."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not all(_is_record(r, stream) for r in records):
        logger.error("refused", reason="this is no batch of the stream")
        return WHOLE_BATCH
    for record in records:
        if not _is_handled(record, context, read, handle):
            number = record[stream.part][stream.number]
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


def _is_handled(
    record: dict[str, Any],
    context: Any,
    read: Callable[[dict[str, Any]], Any],
    handle: Callable[[Any], None],
) -> bool:
    try:
        if context.get_remaining_time_in_millis() < RESERVE_MS:
            raise TooLittleTime
        checked = read(record)
        once(record["eventID"], lambda: handle(checked), context)
    except Refused as error:
        logger.warning("refused", reason=str(error), **fault(error))
        return False
    except Exception as error:
        logger.error("failed", **fault(error))
        return False
    logger.info("handled")
    return True
