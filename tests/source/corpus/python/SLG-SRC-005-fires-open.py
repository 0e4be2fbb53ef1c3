def handler(event, context):
    name = event["queryStringParameters"].get("name", "a.txt")
    with open("/tmp/" + name) as file:  # fires
        return file.read()
