"""Placeholder: the deployment is what this example shows."""


def handler(event, context):
    raise NotImplementedError
