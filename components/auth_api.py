"""AuthApi: the HTTP API, its routes from the contract, a function for each handler, and the authorizer."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account_functions import AccountFunctions
from components.function import (
    HASHING_MEMORY_MB,
    SIGN_IN_MEMORY_MB,
    SIGNING_MEMORY_MB,
    Function,
    FunctionArgs,
    Functions,
    Variables,
)
from components.http_api import HttpApi
from components.mail import Mail
from components.mfa import Mfa
from components.policy import Grant
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory
from components.website import Website
from contract.edge import API_PATH
from contract.route import Guard, PoolScopes, Public, Route, Session, Trusted
from contract.routes import DIRECTORY, ROUTES

BURST_SECONDS = 2
ACCESS_LOG_FORMAT = {
    "request_id": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "authorizer_error": "$context.authorizer.error",
}


@dataclass(frozen=True, kw_only=True)
class AuthApiArgs:
    """The parts of the stack that the API uses."""

    settings: Settings
    api: HttpApi
    website: Website
    functions: Functions
    secrets: SecretStore
    directory: UserDirectory
    mail: Mail | None  # None where addresses are not confirmed
    mfa: Mfa


class AuthApi(pulumi.ComponentResource):
    """The API of the directory, with the authorizer. `route` adds the route of an application.

    `api_url` is where callers reach it, and the issuer.
    """

    api_url: pulumi.Output[str]
    gate_arn: pulumi.Output[str]
    """The authorizer for other APIs. It is no version's, so that settings which publish versions leave it as it is."""

    def __init__(self, name: str, args: AuthApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:AuthApi", name, None, opts)
        self._name = name
        self._args = args
        self._served: set[str] = set()
        self.personal_data: dict[str, Function] = {}
        self.api = args.api
        args.functions.watched.api[name] = args.api.id
        self.api_url = args.website.api_url
        self.authorizer = self._authorizer()
        self.gate_arn = self.authorizer.function.arn
        self._token_authorizer = self._make_token_authorizer()
        self._pool_authorizer = self._make_pool_authorizer()
        self.routes = self._serve_directory()
        self.stage = self._stage()
        self.register_outputs({"api_url": self.api_url, "gate_arn": self.gate_arn})

    def route(self, route: Route, function: Function) -> aws.apigatewayv2.Route:
        """Serve a route of the contract with a function, behind the guard that the route names."""
        if route not in ROUTES:
            raise pulumi.RunError(f"{route.key} is not in contract/routes.py: the authorizer would refuse everybody")
        if route not in DIRECTORY and route.is_guessable:
            raise pulumi.RunError(f"{route.key}: only the directory's routes have limits of their own")
        self._served.add(route.key)
        name = f"{self._name}-{route.name.replace('_', '-')}"
        source = pulumi.Output.format("{0}/*/{1}{2}", self.api.execution_arn, route.method, route.path)
        by = f"api-{route.variant}" if route.variant else "api"
        permission = function.allow_invoke(by, "apigateway", source)
        integration = aws.apigatewayv2.Integration(
            f"{name}-integration",
            api_id=self.api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=15_000,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        return aws.apigatewayv2.Route(
            f"{name}-route",
            api_id=self.api.id,
            route_key=route.key,
            target=pulumi.Output.format("integrations/{0}", integration.id),
            **self._authorization(route.guard),  # type: ignore[arg-type]
            opts=pulumi.ResourceOptions(parent=self),
        )

    @property
    def issuer(self) -> Variables:
        """Return what functions need to know about the issuer of tokens, once the authorizer knows it."""
        settings, known = self._args.settings, pulumi.Output.all(self.api_url, self.authorizer.arn)
        return {
            "ISSUER": known.apply(lambda both: both[0]),
            "AUDIENCE": settings.audience,
            "PROFILE_CLAIMS": json.dumps(settings.profile_claims),
        }

    def keeps_personal_data(self, application: str, function: Function) -> None:
        """Have the export and the deletion of accounts ask this function for the application's data about a user."""
        self.personal_data[application] = function

    def refuse_unserved(self) -> None:
        """Raise `pulumi.RunError` for rows of the route table that nothing serves: `/openapi.json` promises them."""
        unserved = [route.key for route in ROUTES if route.key not in self._served]
        if unserved:
            raise pulumi.RunError(
                f"Nothing serves {', '.join(unserved)} of contract/routes.py: call auth_api.route(row, function)"
            )

    def _serve_directory(self) -> list[aws.apigatewayv2.Route]:
        """Serve the directory's own routes."""
        args = {one.handler: one for one in self._directory_functions()}
        handlers = dict.fromkeys(row.handler for row in DIRECTORY)
        if set(handlers) - set(args):
            raise pulumi.RunError(
                "contract.routes.DIRECTORY holds the directory's own routes; put yours into an application"
            )
        functions = {handler: self._create(args[handler]) for handler in handlers}
        return [self.route(row, functions[row.handler]) for row in DIRECTORY]

    def _directory_functions(self) -> list[FunctionArgs]:
        directory, table, secrets = self._args.directory, self._args.directory.table, self._args.secrets
        mfa, mail = self._args.mfa, self._args.mail
        of_table: Variables = {"TABLE_NAME": directory.table_name}
        issuer: Variables = {**self.issuer, "SIGNING_KEYS_SECRET_ID": secrets.signing_keys_id}
        sign_in = (
            table.grant_check_password,
            directory.grant_migrate,
            table.grant_key,
            table.grant_start_session,
            secrets.grant_decrypt_passwords,
            secrets.grant_encrypt_passwords,
            secrets.grant_sign,
            mfa.grant_require,
            *((mail.grant_send,) if mail else ()),
        )
        return [
            self._sign_up_function(),
            FunctionArgs(
                handler="signup/confirm_signup",
                environment=directory.environment,
                grants=(table.grant_confirm_sign_up, secrets.grant_pepper),
            ),
            FunctionArgs(
                handler="signin/signin",
                environment={**mfa.environment, **issuer, **mfa.sender, **directory.migration_environment},
                grants=sign_in,
                memory_mb=SIGN_IN_MEMORY_MB,
            ),
            FunctionArgs(
                handler="session/refresh",
                environment={**mfa.environment, **issuer},
                grants=(table.grant_refresh, secrets.grant_sign),
                memory_mb=SIGNING_MEMORY_MB,
            ),
            FunctionArgs(
                handler="session/signout",
                environment=of_table,
                grants=(table.grant_end_session,),
            ),
            *AccountFunctions(self._args.settings, secrets, directory, mail, mfa).functions,
            FunctionArgs(handler="hello/hello"),
            FunctionArgs(handler="metadata/discovery", environment={"API_ADDRESS": self.api.address}),
            FunctionArgs(handler="metadata/jwks", environment=of_table, grants=(table.grant_read_keys,)),
            FunctionArgs(handler="metadata/openapi", libraries="none"),
            *mfa.functions(issuer),
        ]

    def _sign_up_function(self) -> FunctionArgs:
        table, secrets, mfa, mail = self._args.directory.table, self._args.secrets, self._args.mfa, self._args.mail
        if mail:
            grants: tuple[Grant, ...] = (table.grant_open_sign_up, secrets.grant_pepper, mail.grant_send)
        else:
            grants = (table.grant_create_user,)
        return FunctionArgs(
            handler="signup/signup",
            environment={**mfa.environment, **mfa.sender, **mfa.breaches},
            grants=(secrets.grant_encrypt_passwords, *grants),
            memory_mb=HASHING_MEMORY_MB,
        )

    def _authorizer(self) -> Function:
        """Return the Lambda authorizer. Its name in version 0.1 is an alias, so that an upgrade keeps its ARN."""
        directory, settings = self._args.directory, self._args.settings
        args = FunctionArgs(
            handler="triggers/authorizer",
            environment={
                "TABLE_NAME": directory.table_name,
                "ISSUER": self.api_url,
                "API_ADDRESS": self.api.address,
                "FORMER_ISSUERS": json.dumps([f"https://{name}{API_PATH}" for name in settings.former_domains]),
                "AUDIENCE": settings.audience,
                "API_ID": self.api.id,
                "POOL_ISSUER": directory.pool.issuer,
                "POOL_JWKS_URL": directory.pool.jwks_url,
                "POOL_CLIENT_IDS": pulumi.Output.format("{0} {1} {2}", *directory.pool.client_ids),
                "TRUSTED_ISSUERS": json.dumps(settings.trusted_issuers),
                "SCOPE_GRANTS": json.dumps(settings.scope_grants),
                "ROLES": json.dumps(settings.roles),
                "SESSION_CACHE_SECONDS": str(settings.authorizer_cache_seconds),
            },
            grants=(directory.table.grant_check_sessions,),
        )
        opts = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name="gate")])
        return self._args.functions.create(args, opts)

    def _create(self, args: FunctionArgs) -> Function:
        return self._args.functions.create(args, pulumi.ResourceOptions(parent=self))

    def _make_token_authorizer(self) -> aws.apigatewayv2.Authorizer:
        authorizer = aws.apigatewayv2.Authorizer(
            f"{self._name}-authorizer",
            api_id=self.api.id,
            authorizer_type="REQUEST",
            authorizer_uri=self.authorizer.invoke_arn,
            authorizer_payload_format_version="2.0",
            enable_simple_responses=True,
            # The route is part of the cache key, so that a decision is never used for another route.
            identity_sources=["$request.header.Authorization", "$context.routeKey"],
            authorizer_result_ttl_in_seconds=self._args.settings.gateway_cache_seconds,
            opts=pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name=f"{self._name}-gate")]),
        )
        source = pulumi.Output.format("{0}/authorizers/{1}", self.api.execution_arn, authorizer.id)
        self.authorizer.allow_invoke("api", "apigateway", source)
        return authorizer

    def _make_pool_authorizer(self) -> aws.apigatewayv2.Authorizer:
        directory = self._args.directory
        return aws.apigatewayv2.Authorizer(
            f"{self._name}-pool",
            api_id=self.api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={"issuer": directory.pool.issuer, "audiences": directory.pool.client_ids},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _authorization(self, guard: Guard) -> dict[str, pulumi.Input[object]]:
        match guard:
            case Public():
                return {"authorization_type": "NONE"}
            case Session() | Trusted():
                return {"authorization_type": "CUSTOM", "authorizer_id": self._token_authorizer.id}
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
        self._args.functions.watched.access_logs[self._name] = log_group.name
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
                "throttling_rate_limit": settings.requests_per_second,
                "throttling_burst_limit": BURST_SECONDS * settings.requests_per_second,
            },
            route_settings=[
                {
                    "route_key": route.key,
                    "throttling_rate_limit": settings.guesses_per_second,
                    "throttling_burst_limit": BURST_SECONDS * settings.guesses_per_second,
                }
                for route in DIRECTORY
                if route.is_guessable
            ],
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.routes),
        )
