"""DynamoDB, with every name and value as a parameter of its expression."""

from typing import Any

from botocore.exceptions import ClientError

from edge.aws import resource, setting

OWNER = "owner_sub"
PAGE = 100


class NotFound(Exception):
    """There is no such item, or it is another's: who asks is not told which."""


def _checked(error: ClientError) -> Exception:
    if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
        return NotFound()
    return error


class Table:
    """A table that only the service itself reads and writes."""

    def __init__(self, variable: str, partition: str) -> None:
        self._variable = variable
        self._partition = partition

    @property
    def _table(self) -> Any:
        return resource("dynamodb").Table(setting(self._variable))

    def get(self, key: dict[str, Any]) -> dict[str, Any]:
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound
        return item

    def put(self, item: dict[str, Any]) -> None:
        """Writes an item; once more changes nothing."""
        self._table.put_item(Item=item)

    def query(self, partition: str, value: Any, index: str | None = None) -> list[dict[str, Any]]:
        """One page of the items under a partition key."""
        options: dict[str, Any] = {"IndexName": index} if index else {}
        found = self._table.query(
            KeyConditionExpression="#partition = :value",
            ExpressionAttributeNames={"#partition": partition},
            ExpressionAttributeValues={":value": value},
            Limit=PAGE,
            **options,
        )
        return list(found.get("Items", []))


class OwnedTable(Table):
    """A table whose items belong to a caller: only the owner reads, changes or removes one."""

    def get_owned(self, key: dict[str, Any], caller: str) -> dict[str, Any]:
        item = self.get(key)
        if item.pop(OWNER, None) != caller:
            raise NotFound
        return item

    def put_owned(self, item: dict[str, Any], caller: str) -> None:
        """Writes an item that is new or the caller's own."""
        try:
            self._table.put_item(
                Item={**item, OWNER: caller},
                ConditionExpression="attribute_not_exists(#key) OR #owner = :caller",
                ExpressionAttributeNames={"#key": self._partition, "#owner": OWNER},
                ExpressionAttributeValues={":caller": caller},
            )
        except ClientError as error:
            raise _checked(error) from None

    def delete_owned(self, key: dict[str, Any], caller: str) -> None:
        try:
            self._table.delete_item(
                Key=key,
                ConditionExpression="#owner = :caller",
                ExpressionAttributeNames={"#owner": OWNER},
                ExpressionAttributeValues={":caller": caller},
            )
        except ClientError as error:
            raise _checked(error) from None

    def query_owned(
        self, partition: str, value: Any, caller: str, index: str | None = None
    ) -> list[dict[str, Any]]:
        items = self.query(partition, value, index)
        owned = [item for item in items if item.get(OWNER) == caller]
        return [{k: v for k, v in item.items() if k != OWNER} for item in owned]
