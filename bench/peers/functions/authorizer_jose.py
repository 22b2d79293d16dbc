"""An authorizer of a tutorial: python-jose, keys by requests, and the session read by boto3, as ours reads it."""

import os

import boto3
import requests
from jose import jwt

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
KEYS = {}


def handler(event, context):
    token = event["headers"]["authorization"].removeprefix("Bearer ")
    if not KEYS:
        KEYS.update(requests.get(os.environ["JWKS_URL"], timeout=3).json())
    claims = jwt.decode(token, KEYS, algorithms=["RS256"], audience=os.environ["AUDIENCE"], issuer=os.environ["ISSUER"])
    key = {"pk": f"sessions#{claims['sub']}", "sk": f"session#{claims['sid']}"}
    if "Item" not in TABLE.get_item(Key=key, ConsistentRead=True):
        raise Exception("Unauthorized")
    return {"isAuthorized": True, "context": {"sub": claims["sub"]}}
