import boto3

table = boto3.resource("dynamodb").Table("orders")


def handler(event, context):
    number = int(event["pathParameters"]["number"])
    return table.get_item(Key={"number": number})
