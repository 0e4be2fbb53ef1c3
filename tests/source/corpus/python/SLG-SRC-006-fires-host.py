import urllib.request


def handler(event, context):
    url = f"https://{event['tenant']}/status"
    with urllib.request.urlopen(url, timeout=5) as answer:  # fires
        return answer.read()
