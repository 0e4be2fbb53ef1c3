import boto3

sns = boto3.client("sns")


def handler(event, context):
    sns.publish(TopicArn="arn", Message="the nightly job has run")
    return {"statusCode": 200}
