def handler(event, context):
    return {"result": eval(event["expression"])}  # fires
