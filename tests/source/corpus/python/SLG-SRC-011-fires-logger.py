import logging

logger = logging.getLogger()


def handler(event, context):
    logger.info(f"event: {event}")  # fires
    return {}
