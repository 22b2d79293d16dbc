"""Another team's APIs behind Sallyport's authorizer, in a stack of their own: every way in which API Gateway can ask.

| API | route | the authorizer is called as |
|---|---|---|
| REST | `GET /books`, `POST /books` | TOKEN authorizer |
| REST | `GET /shelves` | REQUEST authorizer |
| HTTP | `GET /books`, `POST /books` | payload 2.0, answered by a policy |
| HTTP | `GET /shelves` | payload 1.0, answered by a policy |
| HTTP | `GET /books/{id}` | payload 2.0, answered simply |

What a token may do here is said in Sallyport's stack, by its scopes: `scopeGrants`.
"""

import hashlib
import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TOKEN_HEADER = "method.request.header.Authorization"
CACHE_SECONDS = 30  # and as long again in the authorizer: that is how long a token outlives its session here

region = pulumi.Config("aws").require("region")
gate_arn = pulumi.StackReference(pulumi.Config().require("sallyport")).require_output("gate_arn")
authorizer_uri = pulumi.Output.format(
    "arn:aws:apigateway:{0}:lambda:path/2015-03-31/functions/{1}/invocations", region, gate_arn
)

role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}))
logs = aws.cloudwatch.LogGroup("logs", retention_in_days=14)
write_logs = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": logs.arn.apply(lambda arn: f"{arn}:*"),
}
aws.iam.RolePolicy(
    "write-logs",
    role=role.name,
    policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [write_logs]}),
)
books = aws.lambda_.Function(
    "books",
    runtime="python3.13",
    architectures=["arm64"],
    handler="books.handler",
    code=pulumi.FileArchive(str(Path(__file__).parent / "app")),
    role=role.arn,
    logging_config={"log_format": "Text", "log_group": logs.name},
)


def allow(name: str, function: pulumi.Input[str], source: pulumi.Input[str]) -> None:
    """Let API Gateway call the function for this source and no other."""
    aws.lambda_.Permission(
        name, action="lambda:InvokeFunction", function=function, principal="apigateway.amazonaws.com", source_arn=source
    )


# The REST API.

rest = aws.apigateway.RestApi("rest")


def rest_authorizer(kind: str) -> aws.apigateway.Authorizer:
    """The authorizer, called with the token alone or with the request."""
    authorizer = aws.apigateway.Authorizer(
        f"rest-{kind.lower()}",
        rest_api=rest.id,
        type=kind,
        authorizer_uri=authorizer_uri,
        identity_source=TOKEN_HEADER,
        authorizer_result_ttl_in_seconds=CACHE_SECONDS,
    )
    source = pulumi.Output.format("{0}/authorizers/{1}", rest.execution_arn, authorizer.id)
    allow(f"rest-{kind.lower()}-authorizer", gate_arn, source)
    return authorizer


def rest_method(
    verb: str, resource: aws.apigateway.Resource, path: str, authorizer: aws.apigateway.Authorizer
) -> aws.apigateway.Integration:
    """A verb of a path, behind the authorizer, answered by the function."""
    name = f"rest-{verb.lower()}-{path}"
    method = aws.apigateway.Method(
        name,
        rest_api=rest.id,
        resource_id=resource.id,
        http_method=verb,
        authorization="CUSTOM",
        authorizer_id=authorizer.id,
    )
    allow(f"{name}-books", books.name, pulumi.Output.format("{0}/*/{1}/{2}", rest.execution_arn, verb, path))
    return aws.apigateway.Integration(
        name,
        rest_api=rest.id,
        resource_id=resource.id,
        http_method=method.http_method,
        integration_http_method="POST",
        type="AWS_PROXY",
        uri=books.invoke_arn,
    )


by_token, by_request = rest_authorizer("TOKEN"), rest_authorizer("REQUEST")
rest_books, rest_shelves = (
    aws.apigateway.Resource(f"rest-{path}", rest_api=rest.id, parent_id=rest.root_resource_id, path_part=path)
    for path in ("books", "shelves")
)
integrations = [
    rest_method("GET", rest_books, "books", by_token),
    rest_method("POST", rest_books, "books", by_token),
    rest_method("GET", rest_shelves, "shelves", by_request),
]
deployment = aws.apigateway.Deployment(
    "rest",
    rest_api=rest.id,
    # What is changed above is served once it is deployed again: whenever this file is another one.
    triggers={"program": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()},
    opts=pulumi.ResourceOptions(depends_on=integrations),
)
rest_stage = aws.apigateway.Stage("rest", rest_api=rest.id, deployment=deployment.id, stage_name="v1")

# The HTTP API.

http = aws.apigatewayv2.Api("http", protocol_type="HTTP")
integration = aws.apigatewayv2.Integration(
    "http-books",
    api_id=http.id,
    integration_type="AWS_PROXY",
    integration_uri=books.invoke_arn,
    payload_format_version="2.0",
)


def http_authorizer(name: str, version: str, *, simple: bool) -> aws.apigatewayv2.Authorizer:
    """The authorizer. A policy holds for all routes of the API; a simple answer for one, so the route is in its key."""
    authorizer = aws.apigatewayv2.Authorizer(
        f"http-{name}",
        api_id=http.id,
        authorizer_type="REQUEST",
        authorizer_uri=authorizer_uri,
        authorizer_payload_format_version=version,
        enable_simple_responses=simple,
        identity_sources=["$request.header.Authorization", *(["$context.routeKey"] if simple else [])],
        authorizer_result_ttl_in_seconds=CACHE_SECONDS,
    )
    allow(
        f"http-{name}-authorizer",
        gate_arn,
        pulumi.Output.format("{0}/authorizers/{1}", http.execution_arn, authorizer.id),
    )
    return authorizer


def http_route(name: str, key: str, authorizer: aws.apigatewayv2.Authorizer) -> None:
    """A route behind the authorizer, answered by the function."""
    verb, path = key.split()
    aws.apigatewayv2.Route(
        f"http-{name}",
        api_id=http.id,
        route_key=key,
        target=pulumi.Output.format("integrations/{0}", integration.id),
        authorization_type="CUSTOM",
        authorizer_id=authorizer.id,
    )
    allow(f"http-{name}-books", books.name, pulumi.Output.format("{0}/*/{1}{2}", http.execution_arn, verb, path))


policy_2, policy_1, simple = (
    http_authorizer("policy", "2.0", simple=False),
    http_authorizer("version-1", "1.0", simple=False),
    http_authorizer("simple", "2.0", simple=True),
)
http_route("get-books", "GET /books", policy_2)
http_route("post-books", "POST /books", policy_2)
http_route("get-shelves", "GET /shelves", policy_1)
http_route("get-book", "GET /books/{id}", simple)
aws.apigatewayv2.Stage("http", api_id=http.id, name="$default", auto_deploy=True)

pulumi.export("rest_url", rest_stage.invoke_url)
pulumi.export("http_url", http.api_endpoint)
