import re

PATTERN = re.compile("[a-z]+")
TOTAL = eval("2 + 3")


def handler(event, context, model=None):
    frame = model.eval()
    return frame.query(PATTERN.pattern)
