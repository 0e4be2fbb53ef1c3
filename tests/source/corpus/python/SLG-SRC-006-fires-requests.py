import requests


def handler(event, context):
    return requests.get(event["queryStringParameters"]["url"], timeout=5).text  # fires
