import psycopg


def find(cursor, customer):
    sql = "SELECT * FROM orders WHERE customer = '" + customer + "'"
    cursor.execute(sql)  # fires
    return cursor.fetchall()


def handler(event, context):
    with psycopg.connect("") as connection:
        return find(connection.cursor(), event["customer"])
