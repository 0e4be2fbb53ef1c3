import json

import boto3

table = boto3.resource("dynamodb").Table("orders")


def handler(event, context):  # fires
    order = json.loads(event["body"])
    table.put_item(Item=order)
    return {"statusCode": 201}
