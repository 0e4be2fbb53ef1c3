import os
import sqlite3

TABLE = os.environ["TABLE"]


def handler(event, context):
    query = f"SELECT * FROM {TABLE} WHERE id = ?"
    return sqlite3.connect("app.db").execute(query, [event["id"]]).fetchone()
