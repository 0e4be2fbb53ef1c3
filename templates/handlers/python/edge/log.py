"""Structured logs. What goes in is ours: never an event, a part of one, or an exception's message."""

import os
import traceback
from pathlib import Path

from aws_lambda_powertools import Logger

logger = Logger(
    service=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
    log_uncaught_exceptions=False,
)


def fault(error: BaseException) -> dict[str, str]:
    """What an error may say of itself: its type and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return {"error": type(error).__name__, "place": place}
