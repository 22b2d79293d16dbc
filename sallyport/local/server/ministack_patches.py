"""Behaviour of API Gateway and Cognito that MiniStack lacks, where a user of the stack would notice.

| behaviour | source |
|---|---|
| a JWT authorizer's refusal names the expected scopes in `www-authenticate` | seen on AWS |
| the gateway's own answers (401, 403, 404) carry the API's CORS headers | seen on AWS (aws/aws-sam-cli issue 9087) |
| a route that an HTTP API does not have is 404, with a token too | seen on AWS |
| events 2.0 have `cookies`, and no header for them | API Gateway Developer Guide, "AWS Lambda proxy integrations" |
| authorizer events 1.0 have `version` | API Gateway Developer Guide, "AWS Lambda authorizers for HTTP APIs" |
| `POST /oauth2/revoke` | RFC 7009; Cognito Developer Guide, "The token revocation endpoint" |
| a refresh token is valid for its own client only; a scope that is not allowed is refused | RFC 6749 §6, §5.2 |
| a client writes no attribute that it may not write | Cognito API Reference, "UpdateUserAttributes" |
| a pool without self-registration refuses SignUp | Cognito API Reference, "AdminCreateUserConfigType" |
| the user-migration trigger at the hosted page | Cognito Developer Guide, "Migrate user Lambda trigger" |
| requests count as https (`aws:SecureTransport`) | IAM User Guide, "AWS global condition context keys" |
"""

import json
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core.concurrency import run_reentrant
from ministack.services import apigateway, cognito, lambda_svc

Answer = tuple[int, dict[str, str], bytes]

MIGRATION_REQUEST = {"validationData": None, "clientMetadata": None}


def install() -> None:
    """Wrap MiniStack's functions."""
    validate = apigateway._validate_jwt_authorizer
    invoke = apigateway._invoke_request_authorizer_lambda
    hosted_pages = app._handle_cognito_body_request
    execute, known_type = apigateway._handle_execute_in_scope, app._execute_api_authorization_type
    run = lambda_svc._execute_function_with_config_scope
    pin_request_origin = app.pin_request_origin
    sign_up, update_attributes = cognito._sign_up, cognito._update_user_attributes

    def pin_secure_origin(source_ip, _):  # type: ignore[no-untyped-def]
        pin_request_origin(source_ip, True)

    async def validate_jwt_authorizer(route, authorizer, headers, query_params):  # type: ignore[no-untyped-def]
        claims, scopes, refusal = await validate(route, authorizer, headers, query_params)
        return claims, scopes, refusal and _with_challenge(refusal, route, headers)

    async def execute_with_cors(api_id, stage, path, method, headers, *rest):  # type: ignore[no-untyped-def]
        status, answered, body = await execute(api_id, stage, path, method, headers, *rest)
        cors = (apigateway._apis.get(api_id) or {}).get("corsConfiguration", {})
        allowed = apigateway._cors_response_headers(cors, headers.get("origin", ""))
        return status, {**answered, **allowed}, body

    def authorization_type(api_id, stage, method, path):  # type: ignore[no-untyped-def]
        is_http_api = apigateway.find_api_scope(api_id) is not None
        return known_type(api_id, stage, method, path) or ("NONE" if is_http_api else None)

    def run_with_cookies(record, event, *rest):  # type: ignore[no-untyped-def]
        return run(record, _with_cookies(event), *rest)

    async def invoke_authorizer(authorizer, event, account_id, region):  # type: ignore[no-untyped-def]
        if "methodArn" in event:
            event = {"version": "1.0", **event}
        return await invoke(authorizer, event, account_id, region)

    async def handle_hosted_pages(method, path, headers, body, query_params):  # type: ignore[no-untyped-def]
        if (method, path) == ("POST", "/oauth2/revoke"):
            return revoke(headers, _form(body))
        wrong = misuse(headers, _form(body)) if (method, path) == ("POST", "/oauth2/token") else None
        if wrong:
            return _json(400, {"error": wrong})
        if (method, path) == ("POST", "/login"):
            await run_reentrant(migrate, _form(body))
        return await hosted_pages(method, path, headers, body, query_params)

    def sign_up_if_open(data):  # type: ignore[no-untyped-def]
        _, pool, _ = cognito._find_pool_by_client_id(data.get("ClientId", ""))
        if (pool or {}).get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
            refusal = "SignUp is not permitted for this user pool"
            return cognito.error_response_json("NotAuthorizedException", refusal, 400)
        return sign_up(data)

    def update_own_attributes(data):  # type: ignore[no-untyped-def]
        forbidden = unwritable(data.get("AccessToken", ""), data.get("UserAttributes", []))
        if forbidden:
            refusal = "A client attempted to write unauthorized attribute"
            return cognito.error_response_json("NotAuthorizedException", refusal, 400)
        return update_attributes(data)

    lambda_svc._execute_function_with_config_scope = run_with_cookies
    cognito._sign_up = sign_up_if_open
    cognito._update_user_attributes = update_own_attributes
    app._execute_api_authorization_type = authorization_type
    apigateway._handle_execute_in_scope = execute_with_cors
    apigateway._validate_jwt_authorizer = validate_jwt_authorizer
    apigateway._invoke_request_authorizer_lambda = invoke_authorizer
    app._handle_cognito_body_request = handle_hosted_pages
    app.pin_request_origin = pin_secure_origin


def _with_cookies(event: Any) -> Any:
    """Return an HTTP API's event 2.0 with its cookies where functions find them; any other event as it is."""
    if not isinstance(event, dict) or event.get("version") != "2.0" or "http" not in event.get("requestContext", {}):
        return event
    headers = event.get("headers") or {}
    cookies = [value for name, value in headers.items() if name.lower() == "cookie"]
    others = {name: value for name, value in headers.items() if name.lower() != "cookie"}
    found = [one.strip() for value in cookies for one in value.split(";") if one.strip()]
    return {**event, "headers": others, **({"cookies": found} if found else {})}


def revoke(headers: dict[str, str], form: dict[str, str]) -> Answer:
    """Revoke a refresh token and the access tokens issued for it, for the client that it was issued to."""
    client_id, secret = cognito._authenticate_client(headers, form)
    _, _, client = cognito._find_pool_by_client_id(client_id)
    claims = cognito._token_claims(form.get("token", ""))
    if client is None or secret != (client.get("ClientSecret") or ""):
        return _json(401, {"error": "invalid_client"})
    if not form.get("token"):
        return _json(400, {"error": "invalid_request"})
    if not claims:  # RFC 7009 §2.2: an unknown token counts as revoked
        return 200, {}, b""
    if claims.get("token_use") != "refresh":
        return _json(400, {"error": "unsupported_token_type"})
    if claims.get("client_id") != client_id:
        return _json(400, {"error": "unauthorized_client"})
    cognito._revoke_token({"Token": form["token"]})
    return 200, {}, b""


def unwritable(access_token: str, attributes: list[dict[str, str]]) -> set[str]:
    """Return the attributes that the token's client may not write, and those that need verification first.

    MiniStack cannot hold back an unverified attribute, so its change is refused.
    """
    client_id = cognito._token_claims(access_token).get("client_id", "")
    _, pool, client = cognito._find_pool_by_client_id(client_id)
    named = {one["Name"] for one in attributes}
    settings = (pool or {}).get("UserAttributeUpdateSettings") or {}
    held_back = named & set(settings.get("AttributesRequireVerificationBeforeUpdate", []))
    allowed = (client or {}).get("WriteAttributes") or named
    return (named - set(allowed)) | held_back


def misuse(headers: dict[str, str], form: dict[str, str]) -> str | None:
    """Return the error's code for token requests that Cognito refuses and MiniStack accepts; None for the others."""
    client_id, _ = cognito._authenticate_client(headers, form)
    if form.get("grant_type") == "refresh_token":
        owner = cognito._token_claims(form.get("refresh_token", "")).get("client_id", client_id)
        return None if owner == client_id else "invalid_grant"
    if form.get("grant_type") == "client_credentials":
        client = cognito._find_pool_by_client_id(client_id)[2] or {}
        asked = set(form.get("scope", "").split())
        return None if asked <= set(client.get("AllowedOAuthScopes", asked)) else "invalid_scope"
    return None


def migrate(form: dict[str, str]) -> None:
    """Call the migration trigger for a user whom the pool does not know; create the user if the trigger agrees."""
    pool_id, pool, _ = cognito._find_pool_by_client_id(form.get("client_id", ""))
    name, password = form.get("username", ""), form.get("password", "")
    function = ((pool or {}).get("LambdaConfig") or {}).get("UserMigration")
    if not function or not name or not password or not cognito._resolve_user(pool, name)[1]:
        return
    event = {
        "version": "1",
        "triggerSource": "UserMigration_Authentication",
        "region": cognito.get_region(),
        "userPoolId": pool_id,
        "userName": name,
        "callerContext": {"awsSdkVersion": "unknown", "clientId": form["client_id"]},
        "request": {"password": password, **MIGRATION_REQUEST},
        "response": dict.fromkeys(("userAttributes", "finalUserStatus", "messageAction")),
    }
    vouched = _invoke(function, event)
    if vouched is None or vouched.get("finalUserStatus") != "CONFIRMED":
        return
    attributes = [{"Name": key, "Value": value} for key, value in vouched["userAttributes"].items()]
    user = {"UserPoolId": pool_id, "Username": name}
    made = {"UserAttributes": attributes, "TemporaryPassword": password, "MessageAction": "SUPPRESS"}
    cognito._admin_create_user({**user, **made})
    cognito._admin_set_user_password({**user, "Password": password, "Permanent": True})


def _invoke(function: str, event: dict[str, Any]) -> dict[str, Any] | None:
    record, config, _ = lambda_svc._get_func_record_for_ref(function)
    if record is None or config is None:
        return None
    execution = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(execution, event)
    if result.get("error"):
        return None
    response: dict[str, Any] | None = cognito._extract_trigger_response(result.get("body"))
    return response


def _with_challenge(refusal: Answer, route: dict[str, Any], headers: dict[str, str]) -> Answer:
    status, sent, body = refusal
    return status, {**sent, "www-authenticate": _challenge(status, route, headers)}, body


def _challenge(status: int, route: dict[str, Any], headers: dict[str, str]) -> str:
    if status == 401:
        return 'Bearer error="invalid_token"' if headers.get("authorization") else "Bearer"
    scopes = route.get("authorizationScopes") or []
    expected = f"expected scopes: [{' '.join(scopes)}]"
    return f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope" error_description="{expected}"'


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace"), keep_blank_values=True).items()}


def _json(status: int, content: dict[str, str]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()
