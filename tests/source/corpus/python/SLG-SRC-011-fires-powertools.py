from aws_lambda_powertools import Logger

logger = Logger()


@logger.inject_lambda_context(log_event=True)  # fires
def handler(event, context):
    return {}
