import json


def handler(event, context):
    print("received", json.dumps(event))  # fires
    return {}
