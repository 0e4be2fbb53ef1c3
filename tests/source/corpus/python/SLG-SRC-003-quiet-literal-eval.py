import ast


def handler(event, context):
    return {"result": ast.literal_eval(event["expression"])}
