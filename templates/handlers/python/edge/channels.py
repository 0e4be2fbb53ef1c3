"""Queues, topics and buckets of the deployment; none is named by an event."""

import json
from decimal import Decimal
from typing import Any

from edge.aws import client, setting


def plain(value: Any) -> Any:
    """Numbers that JSON has, for what is written out."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError


class Queue:
    def __init__(self, variable: str) -> None:
        self._variable = variable

    def send(self, message: Any) -> None:
        client("sqs").send_message(
            QueueUrl=setting(self._variable), MessageBody=json.dumps(message, default=plain)
        )


class Topic:
    def __init__(self, variable: str) -> None:
        self._variable = variable

    def publish(self, message: Any) -> None:
        client("sns").publish(
            TopicArn=setting(self._variable), Message=json.dumps(message, default=plain)
        )


class Bucket:
    """A bucket: keys are made of a prefix of ours and a name that a schema has checked."""

    MAX_BYTES = 10 * 1024 * 1024

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def get(self, prefix: str, name: str) -> bytes:
        found = client("s3").get_object(Bucket=setting(self._variable), Key=_key(prefix, name))
        if found["ContentLength"] > self.MAX_BYTES:
            raise ValueError
        return found["Body"].read(self.MAX_BYTES)

    def put(self, prefix: str, name: str, content: bytes) -> None:
        client("s3").put_object(
            Bucket=setting(self._variable), Key=_key(prefix, name), Body=content
        )


def _key(prefix: str, name: str) -> str:
    if not name or "/" in name or name in {".", ".."}:
        raise ValueError
    return f"{prefix}{name}"
