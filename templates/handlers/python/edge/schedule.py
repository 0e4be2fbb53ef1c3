"""Runs by a time table: each time once, and in the time that is left."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.log import fault, logger
from edge.once import once
from edge.validation import Refused, Schema

RESERVE_MS = 5_000

# What the schedule sends; the time is the one that the run is for.
_SCHEMA = Schema(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "time": {
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
            }
        },
    }
)


@dataclass(frozen=True)
class Run:
    """The time that it is for, where the schedule says it, and how long is left."""

    time: str | None
    left_ms: Callable[[], int]

    def has_time(self) -> bool:
        """Whether another step may begin."""
        return self.left_ms() > RESERVE_MS


def run(event: Any, context: Any, work: Callable[[Run], None]) -> dict[str, str]:
    """Does the work once; an event that is not the schedule's does nothing."""
    try:
        _SCHEMA.check(event)
    except Refused as error:
        logger.error("refused", reason=str(error), **fault(error))
        return {"status": "refused"}
    this = Run(event.get("time"), context.get_remaining_time_in_millis)
    try:
        # Without a time, what is repeated is known by its request.
        once(this.time or context.aws_request_id, lambda: work(this), context)
    except Exception as error:
        logger.error("failed", **fault(error))
        failure = RuntimeError("the run failed; the log says where")
    else:
        logger.info("done")
        return {"status": "done"}
    # Raised, so that it is tried again and the alarm on errors hears of it.
    raise failure from None
