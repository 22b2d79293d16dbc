"""An authorizer with PyJWT, which fetches the keys and checks the claims; sessions that have ended go on."""

import os

import jwt

KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])


def handler(event, context):
    token = event["headers"]["authorization"].removeprefix("Bearer ")
    key = KEYS.get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=os.environ["AUDIENCE"], issuer=os.environ["ISSUER"])
    return {"isAuthorized": True, "context": {"sub": claims["sub"]}}
