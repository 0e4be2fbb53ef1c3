import pymysql


def handler(event, context):
    return pymysql.connect(host="db", user="app", password="Tr0ub4dor&3")  # fires
