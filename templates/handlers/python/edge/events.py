"""Events of a bus: of the declared source and type, checked, and each handled once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.log import fault, logger
from edge.once import once
from edge.validation import ROOT, Refused, Schema, parse

# What an event needs at least; with less it is left to be tried again.
RESERVE_MS = 2_000

_LISTENS = json.loads((ROOT / "trigger.json").read_text(encoding="utf-8"))
_DETAIL = Schema.beside("schemas/message.json")
# EventBridge user guide, "Event structure"; a replayed event says what replayed it.
_ENVELOPE = Schema(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "source", "detail-type", "account", "time", "region", "detail"],
        "properties": {
            "version": {"type": "string", "maxLength": 8},
            "id": {"type": "string", "pattern": "^[0-9A-Za-z-]{1,64}$"},
            "source": {"const": _LISTENS["source"]},
            "detail-type": {"const": _LISTENS["detail_type"]},
            "account": {"type": "string", "pattern": "^[0-9]{12}$"},
            "time": {
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
            },
            "region": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
            "resources": {
                "type": "array",
                "maxItems": 100,
                "items": {"type": "string", "maxLength": 2048},
            },
            "detail": {"type": "object"},
            "replay-name": {"type": "string", "maxLength": 64},
        },
    }
)


class TooLittleTime(Exception):
    """Left to be tried again."""


@dataclass(frozen=True)
class Event:
    """Which event it is, when it happened, and its detail as the schema declares."""

    id: str
    time: str
    detail: Any


def _read(event: Any, context: Any) -> Event:
    _ENVELOPE.check(event)
    # The rule asks for the account too; a copy of the rule might not.
    if event["account"] != context.invoked_function_arn.split(":")[4]:
        raise Refused("it is of another account")
    try:
        text = json.dumps(event["detail"])
    except (ValueError, RecursionError):
        raise Refused("it is nested too deep") from None
    detail = parse(text)
    _DETAIL.check(detail)
    return Event(event["id"], event["time"], detail)


def take(event: Any, context: Any, handle: Callable[[Event], None]) -> dict[str, str]:
    """Handles an event once; what fails is tried again, and then kept as a dead letter."""
    try:
        if context.get_remaining_time_in_millis() < RESERVE_MS:
            raise TooLittleTime
        this = _read(event, context)
        once(this.id, lambda: handle(this), context)
    except Refused as error:
        logger.warning("refused", reason=str(error), **fault(error))
        failure = RuntimeError("the event was refused; the log says why")
    except Exception as error:
        logger.error("failed", **fault(error))
        failure = RuntimeError("the event was not handled; the log says where")
    else:
        logger.info("handled")
        return {"status": "done"}
    # Raised, so that it is not lost: its account's people look at dead letters.
    raise failure from None
