import boto3

rds = boto3.client("rds-data")


def handler(event, context):
    order = "INSERT INTO orders (note) VALUES ('{}')".format(event.get("note"))
    return rds.execute_statement(resourceArn="a", secretArn="b", sql=order)  # fires
