"""One file per AWS service: Pulumi inputs → boto3 calls → outputs. Importing this package knows them all."""

from local.resources import (
    apigateway,
    cognito,
    dynamodb,
    iam,
    kms,
    lambda_,
    logs,
    random_,
    restapi,
    secretsmanager,
    ses,
    sqs,
)
from local.resources.kind import KINDS, Call, Kind

__all__ = [
    "KINDS",
    "Call",
    "Kind",
    "apigateway",
    "cognito",
    "dynamodb",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "random_",
    "restapi",
    "secretsmanager",
    "ses",
    "sqs",
]
