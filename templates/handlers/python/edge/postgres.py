"""PostgreSQL by IAM authentication: a token in the place of a password, TLS that knows the server.

A statement is a constant, and the driver sends its values apart from it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from edge.aws import client, setting
from edge.tables import NotFound

Row = dict[str, Any]

# The certificates that servers of Amazon RDS are known by: AWS publishes them as `global-bundle.pem`
# (Amazon RDS User Guide, "Using SSL/TLS"). Put the file beside the handler; without it nothing is sent.
AUTHORITIES = Path(__file__).parent.parent / "global-bundle.pem"


class DatabaseFault(Exception):
    """What the database answers instead, by its code alone: its words may hold values."""


class Postgres:
    """A database by the variables that begin with a prefix; nothing of it is named by an event."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._open: Any = None

    def _setting(self, suffix: str) -> str:
        return setting(self._prefix + suffix)

    def _connection(self) -> Any:
        """One for the instance; a token is needed only to open it."""
        if self._open is None or self._open.closed:
            host, port, user = (self._setting(s) for s in ("_HOST", "_PORT", "_USER"))
            if not AUTHORITIES.is_file():
                raise FileNotFoundError("global-bundle.pem is not beside the handler")
            token = client("rds").generate_db_auth_token(
                DBHostname=host, Port=int(port), DBUsername=user, Region=os.environ["AWS_REGION"]
            )
            self._open = psycopg.connect(
                host=host,
                port=int(port),
                user=user,
                password=token,
                dbname=self._setting("_DATABASE"),
                sslmode="verify-full",
                sslrootcert=str(AUTHORITIES),
                connect_timeout=3,
                autocommit=True,
                # A proxy keeps a connection for itself that prepared a statement.
                prepare_threshold=None,
                row_factory=dict_row,
            )
        return self._open

    def _execute(self, statement: str, values: Mapping[str, Any]) -> Any:
        try:
            return self._connection().execute(statement, values)
        except psycopg.Error as error:
            raise DatabaseFault(error.sqlstate or "no answer") from None

    def rows(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        return list(self._execute(statement, values).fetchall())

    def row(self, statement: str, values: Mapping[str, Any]) -> Row:
        """The only row; where there is none, there is no such thing."""
        rows = self.rows(statement, values)
        if len(rows) != 1:
            raise NotFound
        return rows[0]

    def change(self, statement: str, values: Mapping[str, Any]) -> None:
        """Changes a row; where there is none, or it is another's, there is no such thing."""
        if self._execute(statement, values).rowcount == 0:
            raise NotFound
