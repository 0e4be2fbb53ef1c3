import boto3
from pydantic import BaseModel

table = boto3.resource("dynamodb").Table("orders")


class Order(BaseModel):
    id: str


def handler(event, context):
    order = Order.model_validate_json(event["body"])
    table.put_item(Item=order.model_dump())
    return {"statusCode": 201}
