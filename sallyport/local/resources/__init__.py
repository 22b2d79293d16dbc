"""The handlers of AWS resources, one file per service: Pulumi inputs → boto3 calls → outputs.

The import of this package registers all handlers.
"""

from sallyport.local.resources import (
    apigateway,
    cloudfront,
    cloudwatch,
    cognito,
    dynamodb,
    events,
    iam,
    kms,
    lambda_,
    logs,
    random_,
    restapi,
    s3,
    s3_objects,
    secretsmanager,
    ses,
    sns,
    sqs,
    ssm,
)
from sallyport.local.resources.resource_handler import HANDLERS, Call, ResourceHandler

__all__ = [
    "HANDLERS",
    "Call",
    "ResourceHandler",
    "apigateway",
    "cloudfront",
    "cloudwatch",
    "cognito",
    "dynamodb",
    "events",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "random_",
    "restapi",
    "s3",
    "s3_objects",
    "secretsmanager",
    "ses",
    "sns",
    "sqs",
    "ssm",
]
