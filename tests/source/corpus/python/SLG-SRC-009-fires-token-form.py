DATABASE = {"url": "postgres://app:Tr0ub4dor@db/orders"}  # fires


def handler(event, context):
    return DATABASE
