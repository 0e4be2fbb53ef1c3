import json

import pymysql


def handler(event, context):
    body = json.loads(event["body"])
    with pymysql.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT total FROM orders WHERE id = '{body['id']}'")  # fires
        return cursor.fetchone()
