import re

WORD = re.compile(r"[a-z]+")


def handler(event, context):
    found = WORD.findall(event["text"]) + re.findall(r"\d+", event["text"])
    return found, re.compile(re.escape(event["word"]))
