"""AuthApi: the HTTP API, its routes from the contract, a function for each handler, and the gate."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.function import Function, FunctionArgs, Spec
from components.mail import Mail
from components.packaging import Package
from components.second_gate import SIGNING_MEMORY_MB, SecondGate
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import HASHING_MEMORY_MB, UserDirectory
from contract.route import ORDINARY, Guard, PoolScopes, Public, Route, Session, Trusted
from contract.routes import DOOR, ROUTES

Variables = Mapping[str, pulumi.Input[str]]

DECISION_TTL_SECONDS = 30
CORS_SECONDS = 600
ACCESS_LOG_FORMAT = {
    "request_id": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "authorizer_error": "$context.authorizer.error",
}


@dataclass(frozen=True, kw_only=True)
class AuthApiArgs:
    """The parts that the API stands on."""

    settings: Settings
    package: Package
    secrets: SecretStore
    directory: UserDirectory
    mail: Mail | None  # None where addresses are not confirmed
    second_gate: SecondGate


class AuthApi(pulumi.ComponentResource):
    """The API door and the gate. `route` puts a function behind the guard that the contract names for its route."""

    api_url: pulumi.Output[str]
    gate_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AuthApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:AuthApi", name, None, opts)
        self._name = name
        self._args = args
        self._served: set[str] = set()
        self.api = self._api()
        self.api_url = self.api.api_endpoint
        specs = self._specs()
        self.gate = self._function("gate", specs["gate"])
        self.gate_arn = self.gate.arn
        self._gate_authorizer = self._make_gate_authorizer()
        self._pool_authorizer = self._make_pool_authorizer()
        handlers = dict.fromkeys(row.handler for row in DOOR)
        if set(handlers) - set(specs):
            raise pulumi.RunError("contract.routes.DOOR holds the API door's own routes; put yours beside ORDERS")
        functions = {name: self._function(name, specs[name]) for name in handlers}
        self.routes = [self.route(row, functions[row.handler]) for row in DOOR]
        self.stage = self._stage()
        self.register_outputs({"api_url": self.api_url, "gate_arn": self.gate_arn})

    def route(self, route: Route, function: Function) -> aws.apigatewayv2.Route:
        """Serve a route of the contract with a function, behind the guard that the route names."""
        if route not in ROUTES:
            raise pulumi.RunError(f"{route.key} is not in contract/routes.py: the gate would open it to nobody")
        if route not in DOOR and route.throttle != ORDINARY:
            raise pulumi.RunError(f"{route.key}: only routes of the API door have limits of their own")
        self._served.add(route.key)
        name = f"{self._name}-{route.name.replace('_', '-')}"
        integration = aws.apigatewayv2.Integration(
            f"{name}-integration",
            api_id=self.api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=15_000,
            opts=pulumi.ResourceOptions(parent=self),
        )
        source = pulumi.Output.format("{0}/*/{1}{2}", self.api.execution_arn, route.method, route.path)
        function.allow_invoke(f"api-{route.variant}" if route.variant else "api", "apigateway", source)
        return aws.apigatewayv2.Route(
            f"{name}-route",
            api_id=self.api.id,
            route_key=route.key,
            target=pulumi.Output.format("integrations/{0}", integration.id),
            **self._authorization(route.guard),  # type: ignore[arg-type]
            opts=pulumi.ResourceOptions(parent=self),
        )

    def refuse_unserved(self) -> None:
        """Raise `pulumi.RunError` for rows of the route table that nothing serves: `/openapi.json` promises them."""
        unserved = [route.key for route in ROUTES if route.key not in self._served]
        if unserved:
            raise pulumi.RunError(
                f"Nothing serves {', '.join(unserved)} of contract/routes.py: call auth_api.route(row, function)"
            )

    def _specs(self) -> dict[str, Spec]:
        directory, secrets, settings = self._args.directory, self._args.secrets, self._args.settings
        second_gate = self._args.second_gate
        table: Variables = {"TABLE_NAME": directory.table_name}
        issuer: Variables = {"ISSUER": self.api_url, "AUDIENCE": settings.audience}
        key: Variables = {"KEY_ARN": secrets.key_arn}
        counted: Variables = {**second_gate.sign_in_limits, "PEPPER_SECRET_ID": secrets.pepper_id}
        trusted: Variables = {
            "API_ID": self.api.id,
            "POOL_ISSUER": directory.user_pool_issuer,
            "POOL_JWKS_URL": directory.user_pool_jwks_url,
            "POOL_CLIENT_IDS": pulumi.Output.format("{0} {1} {2}", *directory.client_ids),
            "TRUSTED_ISSUERS": json.dumps(settings.trusted_issuers),
            "SCOPE_GRANTS": json.dumps(settings.scope_grants),
        }
        gate: Variables = {**table, **issuer, **trusted}
        door = {**table, **issuer, **key, "KEYSET_SECRET_ID": secrets.keyset_id}
        sign_in = (
            directory.grant_check_password,
            directory.grant_start_session,
            secrets.grant_unseal,
            secrets.grant_seal,
            secrets.grant_sign,
            second_gate.grant_open,
            *((self._args.mail.grant_send,) if self._args.mail else ()),
        )
        return {
            "gate": Spec(environment=gate, grants=(directory.grant_check_sessions,), libraries="base"),
            "signup": self._sign_up_spec({**table, **key, **second_gate.breaches}, counted),
            "confirm_signup": Spec(
                environment={**table, **counted},
                grants=(directory.grant_confirm_sign_up, secrets.grant_pepper),
                libraries="base",
            ),
            "signin": Spec(
                environment={**second_gate.environment, **door, **counted, **second_gate.sender},
                grants=sign_in,
                memory_mb=HASHING_MEMORY_MB,
                libraries="base",
            ),
            "refresh": Spec(
                environment={**door, "SECOND_FACTOR": settings.second_factor},
                grants=(directory.grant_refresh, secrets.grant_sign),
                memory_mb=SIGNING_MEMORY_MB,
                libraries="base",
            ),
            "signout": Spec(environment=table, grants=(directory.grant_end_session,)),
            "me": Spec(),
            "hello": Spec(),
            "discovery": Spec(environment={"ISSUER": self.api_url}),
            "jwks": Spec(environment=table, grants=(directory.grant_read_keys,)),
            "openapi": Spec(),
            **second_gate.specs(door),
        }

    def _sign_up_spec(self, environment: Variables, counted: Variables) -> Spec:
        directory, secrets, mail = self._args.directory, self._args.secrets, self._args.mail
        if mail is None:
            grants = [directory.grant_create_user, secrets.grant_seal]
            own: Variables = {"CONFIRM_EMAIL": "false"}
        else:
            grants = [directory.grant_open_sign_up, secrets.grant_seal, secrets.grant_pepper, mail.grant_send]
            own = {"CONFIRM_EMAIL": "true", "MAIL_FROM": mail.sender, **counted}
        return Spec(environment={**environment, **own}, grants=grants, memory_mb=HASHING_MEMORY_MB, libraries="base")

    def _function(self, handler: str, spec: Spec) -> Function:
        args = FunctionArgs(
            handler=handler,
            package=self._args.package,
            settings=self._args.settings,
            log_key_arn=self._args.secrets.key_arn,
            environment=spec.environment,
            libraries=spec.libraries,
            memory_mb=spec.memory_mb,
            timeout_seconds=spec.timeout_seconds,
        )
        function = Function(handler.replace("_", "-"), args, pulumi.ResourceOptions(parent=self))
        for grant in spec.grants:
            grant(function)
        return function

    def _api(self) -> aws.apigatewayv2.Api:
        origins = self._args.settings.cors_origins
        cors = aws.apigatewayv2.ApiCorsConfigurationArgs(
            allow_origins=list(origins),
            allow_methods=sorted({route.method for route in ROUTES}),
            allow_headers=["authorization", "content-type", "idempotency-key", "prefer"],
            expose_headers=["location", "retry-after", "www-authenticate"],
            max_age=CORS_SECONDS,
        )
        return aws.apigatewayv2.Api(
            f"{self._name}-api",
            protocol_type="HTTP",
            cors_configuration=cors if origins else None,
            tags=self._args.settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_gate_authorizer(self) -> aws.apigatewayv2.Authorizer:
        authorizer = aws.apigatewayv2.Authorizer(
            f"{self._name}-gate",
            api_id=self.api.id,
            authorizer_type="REQUEST",
            authorizer_uri=self.gate.invoke_arn,
            authorizer_payload_format_version="2.0",
            enable_simple_responses=True,
            # The route is part of the cache key, so that a decision never travels to another route.
            identity_sources=["$request.header.Authorization", "$context.routeKey"],
            authorizer_result_ttl_in_seconds=DECISION_TTL_SECONDS,
            opts=pulumi.ResourceOptions(parent=self),
        )
        source = pulumi.Output.format("{0}/authorizers/{1}", self.api.execution_arn, authorizer.id)
        self.gate.allow_invoke("api", "apigateway", source)
        return authorizer

    def _make_pool_authorizer(self) -> aws.apigatewayv2.Authorizer:
        directory = self._args.directory
        return aws.apigatewayv2.Authorizer(
            f"{self._name}-pool",
            api_id=self.api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={"issuer": directory.user_pool_issuer, "audiences": directory.client_ids},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _authorization(self, guard: Guard) -> dict[str, pulumi.Input[object]]:
        match guard:
            case Public():
                return {"authorization_type": "NONE"}
            case Session() | Trusted():
                return {"authorization_type": "CUSTOM", "authorizer_id": self._gate_authorizer.id}
            case PoolScopes(scopes):
                return {
                    "authorization_type": "JWT",
                    "authorizer_id": self._pool_authorizer.id,
                    "authorization_scopes": list(scopes),
                }

    def _stage(self) -> aws.apigatewayv2.Stage:
        settings = self._args.settings
        log_group = aws.cloudwatch.LogGroup(
            f"{self._name}-access-logs",
            retention_in_days=settings.log_retention_days,
            kms_key_id=self._args.secrets.key_arn,
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.apigatewayv2.Stage(
            f"{self._name}-stage",
            api_id=self.api.id,
            name="$default",
            auto_deploy=True,
            access_log_settings={
                "destination_arn": log_group.arn,
                "format": pulumi.Output.json_dumps(ACCESS_LOG_FORMAT),
            },
            default_route_settings={
                "throttling_rate_limit": ORDINARY.rate_per_second,
                "throttling_burst_limit": ORDINARY.burst,
            },
            route_settings=[
                {
                    "route_key": route.key,
                    "throttling_rate_limit": route.throttle.rate_per_second,
                    "throttling_burst_limit": route.throttle.burst,
                }
                for route in DOOR
                if route.throttle != ORDINARY
            ],
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.routes),
        )
