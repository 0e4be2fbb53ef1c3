import re


def handler(event, context):
    return [line for line in open("words.txt") if re.search(event["pattern"], line)]  # fires
