"""A sign-in as tutorials have it: one read, Argon2id, a fetched secret, a token of PyJWT; no attempt is counted."""

import json
import os
import time

import boto3
import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

USERS = boto3.resource("dynamodb").Table(os.environ["USERS_TABLE"])
SECRETS = boto3.client("secretsmanager")
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def handler(event, context):
    given = json.loads(event["body"])
    user = USERS.get_item(Key={"email": given["email"]}).get("Item")
    if user is None:
        return {"statusCode": 401}
    try:
        HASHER.verify(user["password"], given["password"])
    except VerifyMismatchError:
        return {"statusCode": 401}
    key = SECRETS.get_secret_value(SecretId=os.environ["JWT_SECRET_ID"])["SecretString"]
    token = jwt.encode({"sub": given["email"], "exp": int(time.time()) + 900}, key, algorithm="RS256")
    return {"statusCode": 200, "body": json.dumps({"access_token": token})}
