from os import system as run


def handler(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    command = "file " + key
    return run(command)  # fires
