import sqlite3

COLUMNS = {"date": "created_at", "sum": "total"}


def handler(event, context):
    column = COLUMNS[event["sort"]]
    order = event["order"]
    if order not in ("asc", "desc"):
        raise ValueError("order")
    return sqlite3.connect("app.db").execute(f"SELECT * FROM orders ORDER BY {column} {order}").fetchall()
