def create(event):
    return "created"


HANDLERS = {"create": create}


def handler(event, context):
    return HANDLERS[event["action"]](event)
