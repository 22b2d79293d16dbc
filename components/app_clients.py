"""The pool's scopes, and the app clients that may ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from contract.applications import POOL_SCOPES, RESOURCE_SERVERS

TOKEN_MINUTES = 15
REFRESH_DAYS = 30
MACHINE_TOKEN_MINUTES = 60
WRITE_ATTRIBUTES = ("locale", "name", "picture", "zoneinfo")
"""The attributes that users may change through any client. The address is not among them, because the directory
identifies users by it; where sign-up is open, it is set at sign-up only."""
PUBLIC_FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
SERVER_FLOWS = [*PUBLIC_FLOWS, "ALLOW_ADMIN_USER_PASSWORD_AUTH"]


@dataclass(frozen=True)
class Flow:
    """The way in which a client of the pool gets its tokens."""

    grant: str
    scopes: list[str]
    callback_urls: list[str] | None
    token_minutes: int


class AppClients:
    """Resource servers and clients of a pool, as children of the component that has the pool."""

    terminal: aws.cognito.UserPoolClient
    server: aws.cognito.UserPoolClient
    machine: aws.cognito.UserPoolClient

    def __init__(
        self,
        name: str,
        parent: pulumi.Resource,
        pool: aws.cognito.UserPool,
        callback_urls: Sequence[str],
        *,
        pool_sign_up: bool,
    ) -> None:
        self._name = name
        self._parent = parent
        self._pool = pool
        self._callback_urls = callback_urls
        self._write_attributes = [*WRITE_ATTRIBUTES, "email"] if pool_sign_up else list(WRITE_ATTRIBUTES)
        self._resource_servers = [self._resource_server(identifier) for identifier in RESOURCE_SERVERS]
        self.terminal = self._terminal()
        self.server = self._server()
        self.machine = self._machine()

    def _resource_server(self, identifier: str) -> aws.cognito.ResourceServer:
        return aws.cognito.ResourceServer(
            f"{self._name}-{identifier.removesuffix('API').lower()}-api",
            identifier=identifier,
            name=identifier,
            user_pool_id=self._pool.id,
            scopes=[
                {"scope_name": name, "scope_description": description}
                for name, description in RESOURCE_SERVERS[identifier].items()
            ],
            opts=pulumi.ResourceOptions(parent=self._parent),
        )

    def _terminal(self) -> aws.cognito.UserPoolClient:
        """Create the public client: a program that cannot keep a secret, and uses PKCE."""
        return self._client("terminal", self._code_flow(), explicit_auth_flows=PUBLIC_FLOWS)

    def _server(self) -> aws.cognito.UserPoolClient:
        """Create the confidential client: a server that keeps its secret."""
        return self._client("server", self._code_flow(), explicit_auth_flows=SERVER_FLOWS, generate_secret=True)

    def _machine(self) -> aws.cognito.UserPoolClient:
        """Create the machine client: client credentials, without a user."""
        flow = Flow("client_credentials", list(POOL_SCOPES), None, MACHINE_TOKEN_MINUTES)
        return self._client("machine", flow, explicit_auth_flows=[], generate_secret=True)

    def _code_flow(self) -> Flow:
        asked = ["openid", "email", "profile", *POOL_SCOPES]
        return Flow("code", asked, list(self._callback_urls), TOKEN_MINUTES)

    def _client(
        self, name: str, flow: Flow, *, explicit_auth_flows: list[str], generate_secret: bool = False
    ) -> aws.cognito.UserPoolClient:
        return aws.cognito.UserPoolClient(
            f"{self._name}-{name}",
            name=name,
            user_pool_id=self._pool.id,
            allowed_oauth_flows=[flow.grant],
            allowed_oauth_scopes=flow.scopes,
            allowed_oauth_flows_user_pool_client=True,
            callback_urls=flow.callback_urls,
            generate_secret=generate_secret,
            supported_identity_providers=["COGNITO"],
            explicit_auth_flows=explicit_auth_flows,
            write_attributes=self._write_attributes,
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=flow.token_minutes,
            id_token_validity=TOKEN_MINUTES,
            refresh_token_validity=REFRESH_DAYS,
            token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"},
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=self._resource_servers),
        )
