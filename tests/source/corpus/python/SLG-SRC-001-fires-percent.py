import sqlite3


def handler(event, context):
    name = event["pathParameters"]["name"]
    query = "DELETE FROM users WHERE name = '%s'" % name
    sqlite3.connect("app.db").execute(query)  # fires
