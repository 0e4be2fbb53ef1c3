"""An Aurora cluster by the RDS Data API: a statement is a constant, and each value a typed parameter."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from edge.aws import client, setting
from edge.tables import NotFound

Row = dict[str, Any]


def parameter(name: str, value: Any) -> dict[str, Any]:
    """A value in the form that the Data API takes; its type never comes from a text."""
    hint: dict[str, str] = {}
    field: dict[str, Any]
    match value:
        case None:
            field = {"isNull": True}
        case bool():
            field = {"booleanValue": value}
        case int():
            field = {"longValue": value}
        case float():
            field = {"doubleValue": value}
        case str():
            field = {"stringValue": value}
        case bytes():
            field = {"blobValue": value}
        case Decimal():
            field, hint = {"stringValue": str(value)}, {"typeHint": "DECIMAL"}
        case UUID():
            field, hint = {"stringValue": str(value)}, {"typeHint": "UUID"}
        case datetime():
            moment = value.astimezone(timezone.utc) if value.tzinfo else value
            text = moment.replace(tzinfo=None).isoformat(" ", "milliseconds")
            field, hint = {"stringValue": text}, {"typeHint": "TIMESTAMP"}
        case date():
            field, hint = {"stringValue": value.isoformat()}, {"typeHint": "DATE"}
        case dict() | list():
            field, hint = {"stringValue": json.dumps(value)}, {"typeHint": "JSON"}
        case _:
            raise TypeError("a value of this type is no parameter")
    return {"name": name, "value": field, **hint}


def _value(field: Mapping[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))


class DataApi:
    """A database by the variables that begin with a prefix; nothing of it is named by an event."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def _execute(self, statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return client("rds-data").execute_statement(
            resourceArn=setting(self._prefix + "_CLUSTER_ARN"),
            secretArn=setting(self._prefix + "_SECRET_ARN"),
            database=setting(self._prefix + "_DATABASE"),
            sql=statement,
            parameters=[parameter(name, value) for name, value in values.items()],
            includeResultMetadata=True,
        )

    def rows(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        found = self._execute(statement, values)
        names = [column["name"] for column in found.get("columnMetadata", [])]
        return [
            dict(zip(names, map(_value, record), strict=True))
            for record in found.get("records", [])
        ]

    def row(self, statement: str, values: Mapping[str, Any]) -> Row:
        """The only row; where there is none, there is no such thing."""
        rows = self.rows(statement, values)
        if len(rows) != 1:
            raise NotFound
        return rows[0]

    def change(self, statement: str, values: Mapping[str, Any]) -> None:
        """Changes a row; where there is none, or it is another's, there is no such thing."""
        if self._execute(statement, values).get("numberOfRecordsUpdated", 0) == 0:
            raise NotFound
