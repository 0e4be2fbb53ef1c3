import json
import pickle


def loads(text):
    return json.loads(text)


def handler(event, context):
    return pickle.dumps(loads(event["body"]))
