import sqlite3


def handler(event, context):
    limit = int(event["limit"])
    return sqlite3.connect("app.db").execute(f"SELECT * FROM orders LIMIT {limit}").fetchall()
