import json

import yaml


def handler(event, context):
    settings = yaml.safe_load(event["body"])
    more = yaml.load(event["more"], Loader=yaml.SafeLoader)
    last = yaml.load(event["more"], yaml.CSafeLoader)
    return json.loads(event["json"]), settings, more, last
