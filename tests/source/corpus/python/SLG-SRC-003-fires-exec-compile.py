def handler(event, context):
    rule = event["rule"]
    code = compile(rule, "<rule>", "exec")  # fires
    return code
