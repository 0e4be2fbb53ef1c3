import boto3
from marshal import loads

s3 = boto3.client("s3")


def handler(event, context):
    answer = s3.get_object(Bucket="models", Key="model.bin")
    return loads(answer["Body"].read())  # fires
