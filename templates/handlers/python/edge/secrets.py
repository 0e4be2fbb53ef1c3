"""Secrets, by ARN: fetched when asked for, kept in memory for five minutes, never logged."""

from functools import cache

from aws_lambda_powertools.utilities.parameters import SecretsProvider

from edge.aws import client, setting

SECONDS = 300


@cache
def _provider() -> SecretsProvider:
    return SecretsProvider(boto3_client=client("secretsmanager"))


def secret(variable: str) -> str:
    """The text of the secret whose ARN the variable holds."""
    return str(_provider().get(setting(variable), max_age=SECONDS))
