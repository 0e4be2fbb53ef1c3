from urllib.parse import quote

import requests

BASE = "https://api.example.com"


def handler(event, context):
    first = requests.get(f"https://api.example.com/orders/{quote(event['id'])}", timeout=5)
    second = requests.get(BASE + "/orders/" + event["id"], timeout=5)
    return first.text + second.text
