import logging

logger = logging.getLogger()


def handler(event, context):
    logger.info("request %s", event["requestContext"]["requestId"])
    print(len(event), sorted(event.keys()), context.aws_request_id)
    logger.info("done", extra={"records": len(event["Records"])})
    return {}
