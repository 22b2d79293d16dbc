"""All declared resources of all stages: encrypted, tagged, retained or destroyed as the stage says."""

import importlib
import inspect
import json
import re
from typing import Any

from components.function import LOG_ACTIONS
from contract.events import EVENT_TYPES
from contract.route import PoolScopes, Session, Trusted
from contract.routes import ROUTES
from sallyport.local.engine import Registration
from sallyport.local.resources.resource_handler import snake
from tests.stack.conftest import Recorded, record
from tests.support.environment import VARIABLES

OUTPUTS = {
    "api_url", "issuer", "jwks_url", "hello_url", "user_pool_id", "user_pool_issuer", "user_pool_jwks_url",
    "hosted_ui_url", "terminal_client_id", "server_client_id", "machine_client_id", "machine_client_secret",
    "server_client_secret", "callback_urls", "table_name", "manage_users_function", "check_providers_function",
    "orders_url", "orders_dead_letters_arn", "gate_arn", "region", "stage", "events_log_group", "event_bus_arn",
    "site_url", "watched", "revocation_seconds", "import_users_function", "export_users_function",
}  # fmt: skip
SECRET_OUTPUTS = {"machine_client_secret", "server_client_secret", "test_user_password"}


def test_outputs_are_those_that_were_promised(stage: Recorded) -> None:
    extra = {"test_user_name", "test_user_password"} if stage.stage != "prod" else set()
    extra |= {"alarms_topic_arn"} if stage.is_monitored else set()

    assert set(stage.outputs) == OUTPUTS | extra
    assert all(isinstance(value, str) and value for value in stage.outputs.values())
    assert set(stage.secret_outputs) == SECRET_OUTPUTS & set(stage.outputs)
    assert stage.outputs["stage"] == stage.stage


def test_all_that_can_be_tagged_is(stage: Recorded) -> None:
    for resource in stage.custom:
        if resource.type.startswith("aws:") and "tags" in _properties(_arguments(resource.type)):
            assert resource.inputs.get("tags") == {"project": "sallyport", "stage": stage.stage}, resource.name


def test_all_that_lies_at_rest_is_under_our_key(stage: Recorded) -> None:
    key = stage.of("kms.Key")[0]
    key_arn = f"arn:aws:kms:us-east-1:123456789012:{key.name}"

    assert key.inputs["enableKeyRotation"] is True
    assert all(group.inputs["kmsKeyId"] == key_arn for group in stage.of("cloudwatch.LogGroup"))
    assert all(secret.inputs["kmsKeyId"] == key_arn for secret in stage.of("secretsmanager.Secret"))
    for table in stage.of("dynamodb.Table"):
        assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key_arn}
        assert table.inputs["pointInTimeRecovery"] == {"enabled": True}


def test_prod_keeps_what_a_mistake_would_destroy(prod: Recorded) -> None:
    protected = {resource.name for resource in prod.custom if resource.protect}

    assert protected == {
        "secrets-key", "secrets-keyset", "directory-table", "directory-pool", "orders-table", "events-logs", "auth-api",
    }  # fmt: skip
    assert prod.named("directory-table").inputs["deletionProtectionEnabled"] is True
    assert prod.named("directory-pool").inputs["deletionProtection"] == "ACTIVE"
    assert prod.named("secrets-keyset").inputs["recoveryWindowInDays"] == 30
    assert prod.named("secrets-key").inputs["deletionWindowInDays"] == 30


def test_dev_is_destroyed_cleanly(dev: Recorded) -> None:
    assert not [resource.name for resource in dev.custom if resource.protect]
    assert dev.named("directory-table").inputs["deletionProtectionEnabled"] is False
    assert dev.named("directory-pool").inputs["deletionProtection"] == "INACTIVE"
    assert dev.named("secrets-keyset").inputs["recoveryWindowInDays"] == 0


def test_the_test_user_stays_out_of_prod(stage: Recorded) -> None:
    assert bool(stage.of("cognito.User")) is (stage.stage != "prod")


def test_stages_differ_in_their_monitoring_and_in_nothing_else(dev: Recorded) -> None:
    def urns(stage: Recorded) -> set[str]:
        return {one.urn.split("::", 1)[1] for one in stage.custom if ":Monitoring$" not in one.urn}

    for stage in ("staging", "local"):
        assert urns(record(stage)) == urns(dev)
    assert len(urns(dev)) == len(dev.custom)


def test_functions_have_lambdas_platform_a_role_and_a_log_group_of_their_own(stage: Recorded) -> None:
    functions = stage.of("lambda.Function")

    assert len(functions) == len({route.handler for route in ROUTES}) + len(
        {"authorizer", "rotation", "migrate", "manage", "check", "queue", "fulfil"}
        | {"deliver", "jobs", "new-place", "orders-data", "import", "export", "reconcile"}
        | ({"budgets"} if stage.is_monitored else set())
    )
    for function in functions:
        assert (function.inputs["runtime"], function.inputs["architectures"]) == ("python3.13", ["arm64"])
        name = function.name.removesuffix("-function")
        assert function.inputs["role"].endswith(f":{name}-execution-role")
        assert function.inputs["loggingConfig"]["logGroup"] == stage.physical(f"{name}-logs")
        assert function.inputs["timeout"] <= (900 if name == "reconcile" else 60)


def test_environments_hold_names_and_addresses_only(stage: Recorded) -> None:
    for function in stage.of("lambda.Function"):
        variables = function.inputs.get("environment", {}).get("variables", {})
        assert set(variables) <= set(VARIABLES), function.name
        assert not set(function.secrets), function.name


def test_every_nested_input_is_known_to_pulumi_aws(stage: Recorded) -> None:
    """The SDK lets misspelt keys of nested inputs pass; AWS would ignore or refuse them."""
    unknown = [
        f"{resource.name}.{path}"
        for resource in stage.custom
        if resource.type.startswith("aws:")
        for path in _unknown(_arguments(resource.type), resource.inputs)
    ]

    assert unknown == []


def test_a_misspelt_nested_input_would_be_found() -> None:
    arguments = _arguments("aws:cognito/userPool:UserPool")

    assert _unknown(arguments, {"passwordPolicy": {"minimum_lenght": 8}}) == ["passwordPolicy.minimum_lenght"]


def test_each_route_is_served_and_guarded_as_the_contract_says(stage: Recorded) -> None:
    served = {route.inputs["routeKey"]: route.inputs for route in stage.of("apigatewayv2.Route")}

    assert set(served) == {route.key for route in ROUTES}
    for route in ROUTES:
        inputs = served[route.key]
        match route.guard:
            case Session() | Trusted():
                assert (inputs["authorizationType"], inputs["authorizerId"]) == ("CUSTOM", "auth-authorizer-id")
            case PoolScopes(scopes):
                assert (inputs["authorizationType"], inputs["authorizerId"]) == ("JWT", "auth-pool-id")
                assert inputs["authorizationScopes"] == list(scopes)
            case _:
                assert inputs["authorizationType"] == "NONE"
                assert route.key in PUBLIC_ROUTES


PUBLIC_ROUTES = {
    "GET /undo": "a page without data",
    "POST /undo": "the token of the mailed link is the credential",
    "POST /signup": "before there is a user there is no token",
    "POST /signup/confirm": "the mailed code is the credential",
    "POST /signin": "the password is the credential",
    "POST /signin/code": "the mailed code will be the credential",
    "POST /signin/passkey": "the passkey will be the credential",
    "POST /signin/factor": "the challenge is an answer to the first factor",
    "POST /signin/verify": "the code or the passkey is the credential",
    "POST /password/forgot": "the mailed code will be the credential",
    "POST /password/reset": "the mailed code is the credential",
    "POST /refresh": "the refresh token is the credential",
    "GET /.well-known/oauth-authorization-server": "public metadata",
    "GET /.well-known/openid-configuration": "public metadata",
    "GET /.well-known/jwks.json": "public keys",
    "GET /openapi.json": "public description",
}


def test_decisions_are_cached_by_token_and_route(stage: Recorded) -> None:
    authorizer = stage.named("auth-authorizer").inputs

    assert authorizer["identitySources"] == ["$request.header.Authorization", "$context.routeKey"]
    assert (authorizer["authorizerPayloadFormatVersion"], authorizer["enableSimpleResponses"]) == ("2.0", True)
    assert authorizer["authorizerResultTtlInSeconds"] == 5


def test_functions_are_called_by_their_own_route_only(stage: Recorded) -> None:
    permissions = {permission.name: permission.inputs for permission in stage.of("lambda.Permission")}
    api = "arn:aws:execute-api:us-east-1:123456789012:auth-api"

    for route in ROUTES:
        variant = f"-{route.variant}" if route.variant else ""
        inputs = permissions[f"{route.function.replace('_', '-')}-by-api{variant}"]
        assert inputs["sourceArn"] == f"{api}/*/{route.method}{route.path}"
    assert permissions["authorizer-by-api"]["sourceArn"] == f"{api}/authorizers/auth-authorizer-id"
    assert permissions["rotation-by-secrets-manager"]["principal"] == "secretsmanager.amazonaws.com"
    assert permissions["migrate-user-by-pool"]["principal"] == "cognito-idp.amazonaws.com"
    assert permissions["migrate-user-by-pool"]["sourceArn"].endswith(":directory-pool")
    assert permissions["deliver-events-by-logs"]["sourceAccount"] == "123456789012"
    assert len(permissions) == len(ROUTES) + len(
        {"authorizer", "rotation", "key-file", "migrate", "deliver", "jobs", "jobs-schedule", "new-place", "reconcile"}
        | ({"budgets"} if stage.is_monitored else set())
    )
    assert all(inputs["sourceArn"] for inputs in permissions.values())


def test_every_route_is_throttled_and_the_guessable_ones_tightly(stage: Recorded) -> None:
    inputs = stage.named("auth-stage").inputs
    settings = {entry["routeKey"]: entry["throttlingRateLimit"] for entry in inputs["routeSettings"]}

    assert inputs["defaultRouteSettings"]["throttlingRateLimit"] == 500
    assert settings == dict.fromkeys((route.key for route in ROUTES if route.is_guessable), 50)
    assert {"POST /signin", "POST /signin/verify", "POST /stepup", "POST /password/reset"} < set(settings)


def test_the_authorizer_knows_every_issuer_and_grant_of_the_configuration(dev: Recorded) -> None:
    issuer, grant = "https://idp.example.org orders", "Books/read GET books/*"
    told = record("dev", trustedIssuers=json.dumps([issuer]), scopeGrants=json.dumps([grant]))

    def variables(recorded: Recorded) -> tuple[str, str]:
        given = recorded.named("authorizer-function").inputs["environment"]["variables"]
        return given["TRUSTED_ISSUERS"], given["SCOPE_GRANTS"]

    assert variables(dev) == ("[]", "[]")
    assert variables(told) == (json.dumps([issuer]), json.dumps([grant]))


def test_the_queue_gives_up_after_three_and_takes_dead_letters_from_nowhere_else(stage: Recorded) -> None:
    queue, dead = stage.named("orders-queue").inputs, stage.named("orders-dead-letters").inputs
    allowed = json.loads(stage.named("orders-dead-letters-source").inputs["redriveAllowPolicy"])

    assert json.loads(queue["redrivePolicy"])["maxReceiveCount"] == 3
    assert json.loads(queue["redrivePolicy"])["deadLetterTargetArn"].endswith(":orders-dead-letters")
    assert allowed["redrivePermission"] == "byQueue"
    assert [arn.rsplit(":", 1)[1] for arn in allowed["sourceQueueArns"]] == ["orders-queue"]
    assert queue["sqsManagedSseEnabled"]
    assert dead["sqsManagedSseEnabled"]
    assert queue["visibilityTimeoutSeconds"] >= 6 * stage.named("fulfil-orders-function").inputs["timeout"]


def test_the_worker_reports_each_message_by_itself(stage: Recorded) -> None:
    assert stage.named("orders-work").inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_first_keyset_waits_for_the_functions_rights(stage: Recorded) -> None:
    rotation = stage.named("rotation-schedule").inputs

    assert rotation["rotateImmediately"] is False
    assert stage.named("rotation-first-keyset").inputs["lifecycleScope"] == "CREATE_ONLY"


def test_pool_clients_are_what_their_names_say(stage: Recorded) -> None:
    terminal, server, machine = (stage.named(f"directory-{name}").inputs for name in ("terminal", "server", "machine"))

    assert not terminal["generateSecret"]
    assert server["generateSecret"]
    assert machine["generateSecret"]
    assert (terminal["allowedOauthFlows"], machine["allowedOauthFlows"]) == (["code"], ["client_credentials"])
    assert {client["preventUserExistenceErrors"] for client in (terminal, server, machine)} == {"ENABLED"}
    assert "implicit" not in str((terminal, server, machine))
    assert "ALLOW_USER_PASSWORD_AUTH" not in str((terminal, server, machine))


def test_without_confirmed_addresses_no_mail_is_declared() -> None:
    unconfirmed = record("dev", confirmEmail="false", mailFrom="")

    assert not unconfirmed.of("sesv2.EmailIdentity")
    variables = unconfirmed.named("signup-function").inputs["environment"]["variables"]
    assert (variables["CONFIRM_EMAIL"], variables.get("MAIL_FROM")) == ("false", None)


def test_of_stages_that_share_a_sender_one_creates_its_identity() -> None:
    sharing = record("dev", createMailIdentity="false")

    assert not sharing.of("sesv2.EmailIdentity")
    assert sharing.named("signup-policy").inputs == record("dev").named("signup-policy").inputs


def test_only_confirmed_addresses_are_vouched_for_in_the_pool() -> None:
    for changes in ({"migrateUsers": "false"}, {"confirmEmail": "false", "mailFrom": ""}):
        recorded = record("dev", **changes)

        assert "lambdaConfig" not in recorded.named("directory-pool").inputs
        assert not [one for one in recorded.custom if one.name.startswith("migrate-user")]


def test_the_pool_takes_no_strangers_unless_it_is_told_to(stage: Recorded) -> None:
    def is_closed(recorded: Recorded) -> bool:
        closed: bool = recorded.named("directory-pool").inputs["adminCreateUserConfig"]["allowAdminCreateUserOnly"]
        return closed

    assert is_closed(stage)
    assert not is_closed(record("dev", poolSignUp="true"))


def test_browsers_may_call_from_the_origins_of_the_configuration_only(dev: Recorded) -> None:
    allowed = record("dev", corsOrigins='["https://app.example.com"]')

    assert "corsConfiguration" not in dev.named("auth-api").inputs
    cors = allowed.named("auth-api").inputs["corsConfiguration"]
    assert cors["allowOrigins"] == ["https://app.example.com"]
    assert cors["allowMethods"] == ["DELETE", "GET", "PATCH", "POST", "PUT"]


def test_logging_is_all_that_every_role_may_do(stage: Recorded) -> None:
    for policy in stage.of("iam.RolePolicy"):
        first = json.loads(policy.inputs["policy"])["Statement"][0]
        assert (first["Sid"], first["Action"]) == ("WriteLogs", LOG_ACTIONS)
    assert LOG_ACTIONS == ["logs:CreateLogStream", "logs:PutLogEvents"]


def _arguments(type_: str) -> type:
    """Return the arguments' class of a type: `aws:kms/key:Key` → `pulumi_aws.kms.KeyArgs`."""
    _, path, name = type_.split(":")
    module = path.split("/")[0]
    found: type = getattr(
        importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}"), f"{name}Args"
    )
    return found


def _properties(arguments: type) -> dict[str, str]:
    """Return property → its annotation."""
    members = inspect.getmembers(arguments, lambda member: isinstance(member, property))
    return {name: str(member.fget.__annotations__.get("return", "")) for name, member in members}


def _unknown(arguments: type, values: dict[str, Any], path: str = "") -> list[str]:
    known = _properties(arguments)
    found = []
    for name, value in values.items():
        here = f"{path}{name}"
        if snake(name) not in known:
            found.append(here)
            continue
        nested = re.search(r"(\w+Args)'", known[snake(name)])
        if nested:
            inputs = importlib.import_module(arguments.__module__.rsplit(".", 1)[0] + "._inputs")
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    found += _unknown(getattr(inputs, nested.group(1)), item, f"{here}.")
    return found


def test_registrations_say_where_they_come_from(dev: Recorded) -> None:
    def source(resource: Registration) -> str:
        return resource.where.split(":")[0]

    assert source(dev.named("directory-table")) == "components/directory_table.py"
    assert source(dev.named("secrets-key")) == "components/secret_store.py"


def test_users_of_the_pool_cannot_change_their_address_unseen(stage: Recorded) -> None:
    (pool,) = stage.of("cognito.UserPool")
    assert pool.inputs["userAttributeUpdateSettings"] == {"attributesRequireVerificationBeforeUpdates": ["email"]}

    for client in stage.of("cognito.UserPoolClient"):
        assert set(client.inputs["writeAttributes"]) == {"locale", "name", "picture", "zoneinfo"}


def test_who_may_sign_up_in_the_pool_gives_an_address_once() -> None:
    for client in record("dev", mailFrom="codes@example.com", poolSignUp="true").of("cognito.UserPoolClient"):
        assert "email" in client.inputs["writeAttributes"]


def test_items_that_change_in_use_are_not_put_back(stage: Recorded) -> None:
    """A refresh would report them as drift, and an update would undo what the running stack has done."""
    items = stage.of("dynamodb.TableItem")

    assert items
    assert {item.ignored for item in items} == {("item",)}


def test_events_that_alarms_need_are_counted_by_fields_that_they_have(stage: Recorded) -> None:
    filters = [one for one in stage.of("cloudwatch.LogMetricFilter") if one.name.startswith("events-")]

    assert {one.name.removeprefix("events-") for one in filters} >= {"AuthenticationRefused", "RefreshTokenReused"}
    for one in filters:
        found = re.fullmatch(r'\{ \$\.type = "([a-z0-9_.]+)" \}', one.inputs["pattern"])
        assert found
        metric = one.inputs["metricTransformation"]
        assert metric["namespace"] == f"Sallyport/sallyport-{stage.stage}"
        for name, path in (metric.get("dimensions") or {}).items():
            assert path == f"$.data.{name}"
            assert name in EVENT_TYPES[found[1]].__struct_fields__
