"""A context, a table in memory, and events: what the tests share."""

import copy
import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

HERE = Path(__file__).parent


def data(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


class Context:
    function_name = "function"
    function_version = "1"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111111111111:function:function"
    memory_limit_in_mb = 256
    aws_request_id = "00000000-0000-4000-8000-000000000001"

    def __init__(self, left_ms: int = 10_000) -> None:
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


class Memory:
    """Stands for DynamoDB, SQS, SNS and S3: as much of them as the handler uses."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []

    def Table(self, _: str) -> "Memory":
        return self

    def _at(self, key: dict[str, Any]) -> dict[str, Any] | None:
        matches = (i for i in self.items if all(i.get(k) == v for k, v in key.items()))
        return next(matches, None)

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        item = self._at(Key)
        return {"Item": copy.deepcopy(item)} if item else {}

    def put_item(self, Item: dict[str, Any], **options: Any) -> None:
        names = options.get("ExpressionAttributeNames", {})
        before = self._at({names["#key"]: Item[names["#key"]]}) if "#key" in names else None
        if before is not None:
            self._owned(before, options)
            self.items.remove(before)
        self.items.append(Item)

    def delete_item(self, Key: dict[str, Any], **options: Any) -> None:
        item = self._at(Key)
        self._owned(item or {}, options)
        self.items.remove(item or {})

    def _owned(self, item: dict[str, Any], options: dict[str, Any]) -> None:
        owner = options["ExpressionAttributeNames"]["#owner"]
        if item.get(owner) != options["ExpressionAttributeValues"][":caller"]:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")

    def send_message(self, **options: Any) -> None:
        self.sent.append(options)

    def publish(self, **options: Any) -> None:
        self.sent.append(options)


def hostile_texts(good: Any) -> dict[str, str]:
    """Bodies that no schema of an object takes: each is refused, whatever the handler does."""
    given = data("hostile.json")
    texts = {f"raw {name}": text for name, text in given["raw"].items()}
    texts |= {f"instead {name}": json.dumps(value) for name, value in given["values"].items()}
    if isinstance(good, dict):
        for name, text in given["strings"].items():
            texts[f"unknown key {name}"] = json.dumps({**good, text: text})
        for key in good:
            texts[f"twice {key}"] = json.dumps(good)[:-1] + f", {json.dumps(key)}: null}}"
    texts["oversize"] = json.dumps({"fill": "x" * 300_000})
    texts["deep"] = "[" * 100_000
    texts["deep object"] = '{"a":' * 40 + "1" + "}" * 40
    return texts
