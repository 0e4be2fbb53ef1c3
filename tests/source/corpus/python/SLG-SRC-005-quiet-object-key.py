import tempfile

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    with tempfile.NamedTemporaryFile() as file:
        s3.download_file("files", event["key"], file.name)
        return open(file.name).read()
