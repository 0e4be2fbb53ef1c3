HEADERS = {"X-Key": "AKIAIOSFODNN7ABCDEFG"}  # fires


def handler(event, context):
    return HEADERS
