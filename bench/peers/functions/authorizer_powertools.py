"""The same with Powertools for its event and its log."""

import os

import jwt
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import event_source
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerEventV2,
    APIGatewayAuthorizerResponseV2,
)

KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])
LOGGER = Logger(service="authorizer")


@event_source(data_class=APIGatewayAuthorizerEventV2)
def handler(event, context):
    token = event.headers["authorization"].removeprefix("Bearer ")
    key = KEYS.get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=os.environ["AUDIENCE"], issuer=os.environ["ISSUER"])
    LOGGER.info("allowed")
    return APIGatewayAuthorizerResponseV2(authorize=True, context={"sub": claims["sub"]}).asdict()
