import json

import pymysql


def handler(event, context):
    body = json.loads(event["body"])
    with pymysql.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT total FROM orders WHERE id = %s", (body["id"],))
        return cursor.fetchone()
