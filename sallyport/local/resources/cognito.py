"""Cognito user pools, with domain, resource servers, clients and users."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, pascal, present

VERIFIED_BEFORE = "attributesRequireVerificationBeforeUpdates"


class UserPool(ResourceHandler):
    """aws.cognito.UserPool."""

    token = "aws:cognito/userPool:UserPool"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        username_attributes: list[str] | None = None,
        username_configuration: dict[str, Any] | None = None,
        name: str | None = None,
        **inputs: Any,
    ) -> Made:
        """Create the pool. Outputs: arn, name, endpoint."""
        name = name or call.physical_name
        pool = call.aws("cognito-idp").create_user_pool(
            PoolName=name,
            **present(UsernameAttributes=username_attributes, UsernameConfiguration=pascal(username_configuration)),
            **UserPool.configuration(**inputs),
        )["UserPool"]
        region = call.aws("cognito-idp").meta.region_name
        endpoint = f"cognito-idp.{region}.amazonaws.com/{pool['Id']}"
        return Made(pool["Id"], {"arn": pool["Arn"], "name": name, "endpoint": endpoint})

    @staticmethod
    def update(
        call: Call,
        id_: str,
        *,
        username_attributes: list[str] | None = None,
        username_configuration: dict[str, Any] | None = None,
        name: str | None = None,
        **inputs: Any,
    ) -> Outputs:
        """Change the pool; users stay. The attributes that name users cannot change."""
        call.aws("cognito-idp").update_user_pool(UserPoolId=id_, **UserPool.configuration(**inputs))
        return {}

    @staticmethod
    def configuration(
        *,
        auto_verified_attributes: list[str] | None = None,
        password_policy: dict[str, Any] | None = None,
        admin_create_user_config: dict[str, Any] | None = None,
        account_recovery_setting: dict[str, Any] | None = None,
        deletion_protection: str = "INACTIVE",
        mfa_configuration: str | None = None,
        user_attribute_update_settings: dict[str, list[str]] | None = None,
        lambda_config: dict[str, str] | None = None,
        tags: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments for CreateUserPool and UpdateUserPool."""
        return {
            **present(
                AutoVerifiedAttributes=auto_verified_attributes,
                Policies=password_policy and {"PasswordPolicy": pascal(password_policy)},
                AdminCreateUserConfig=pascal(admin_create_user_config),
                AccountRecoverySetting=pascal(account_recovery_setting),
                MfaConfiguration=mfa_configuration,
            ),
            "UserAttributeUpdateSettings": {
                "AttributesRequireVerificationBeforeUpdate": (user_attribute_update_settings or {}).get(
                    VERIFIED_BEFORE, []
                )
            },
            "LambdaConfig": pascal(lambda_config or {}),
            "DeletionProtection": deletion_protection,
            "UserPoolTags": tags or {},
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the pool with all its users."""
        call.aws("cognito-idp").delete_user_pool(UserPoolId=id_)


class UserPoolDomain(ResourceHandler):
    """aws.cognito.UserPoolDomain."""

    token = "aws:cognito/userPoolDomain:UserPoolDomain"  # noqa: S105

    @staticmethod
    def create(call: Call, *, domain: str, user_pool_id: str) -> Made:
        """Create the domain: the prefix of the hosted pages."""
        call.aws("cognito-idp").create_user_pool_domain(Domain=domain, UserPoolId=user_pool_id)
        return Made(domain, {"userPoolId": user_pool_id})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the domain, and so the hosted pages."""
        call.aws("cognito-idp").delete_user_pool_domain(Domain=id_, UserPoolId=outputs["userPoolId"])


class ResourceServer(ResourceHandler):
    """aws.cognito.ResourceServer."""

    token = "aws:cognito/resourceServer:ResourceServer"  # noqa: S105

    @staticmethod
    def create(call: Call, *, identifier: str, name: str, user_pool_id: str, scopes: list[dict[str, str]]) -> Made:
        """Create the resource server. Outputs: scopeIdentifiers."""
        call.aws("cognito-idp").create_resource_server(
            UserPoolId=user_pool_id, Identifier=identifier, Name=name, Scopes=pascal(scopes)
        )
        identifiers = [f"{identifier}/{scope['scopeName']}" for scope in scopes]
        return Made(f"{user_pool_id}|{identifier}", {"scopeIdentifiers": identifiers})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the resource server and its scopes."""
        pool_id, identifier = id_.split("|")
        call.aws("cognito-idp").delete_resource_server(UserPoolId=pool_id, Identifier=identifier)


class UserPoolClient(ResourceHandler):
    """aws.cognito.UserPoolClient."""

    token = "aws:cognito/userPoolClient:UserPoolClient"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        user_pool_id: str,
        name: str | None = None,
        allowed_oauth_flows: list[str] | None = None,
        allowed_oauth_scopes: list[str] | None = None,
        allowed_oauth_flows_user_pool_client: bool | None = None,
        supported_identity_providers: list[str] | None = None,
        explicit_auth_flows: list[str] | None = None,
        prevent_user_existence_errors: str | None = None,
        enable_token_revocation: bool | None = None,
        access_token_validity: int | None = None,
        id_token_validity: int | None = None,
        refresh_token_validity: int | None = None,
        token_validity_units: dict[str, str] | None = None,
        logout_urls: list[str] | None = None,
        read_attributes: list[str] | None = None,
        callback_urls: list[str] | None = None,
        write_attributes: list[str] | None = None,
        generate_secret: bool = False,
    ) -> Made:
        """Create the client. Outputs: clientSecret, secret."""
        client = call.aws("cognito-idp").create_user_pool_client(
            UserPoolId=user_pool_id,
            ClientName=name or call.physical_name,
            GenerateSecret=generate_secret,
            **present(
                AllowedOAuthFlows=allowed_oauth_flows,
                AllowedOAuthScopes=allowed_oauth_scopes,
                AllowedOAuthFlowsUserPoolClient=allowed_oauth_flows_user_pool_client,
                SupportedIdentityProviders=supported_identity_providers,
                ExplicitAuthFlows=explicit_auth_flows,
                PreventUserExistenceErrors=prevent_user_existence_errors,
                EnableTokenRevocation=enable_token_revocation,
                AccessTokenValidity=access_token_validity,
                IdTokenValidity=id_token_validity,
                RefreshTokenValidity=refresh_token_validity,
                TokenValidityUnits=pascal(token_validity_units),
                CallbackURLs=callback_urls,
                LogoutURLs=logout_urls,
                ReadAttributes=read_attributes,
                WriteAttributes=write_attributes,
            ),
        )["UserPoolClient"]
        outputs = {"clientSecret": client.get("ClientSecret", ""), "userPoolId": user_pool_id}
        return Made(client["ClientId"], outputs, ("clientSecret",))

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the client; its tokens end."""
        call.aws("cognito-idp").delete_user_pool_client(UserPoolId=outputs["userPoolId"], ClientId=id_)


class User(ResourceHandler):
    """aws.cognito.User."""

    token = "aws:cognito/user:User"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        user_pool_id: str,
        username: str,
        password: str,
        attributes: dict[str, str] | None = None,
        message_action: str = "SUPPRESS",
    ) -> Made:
        """Create a confirmed user with a permanent password, as AWS's provider does."""
        cognito = call.aws("cognito-idp")
        cognito.admin_create_user(
            UserPoolId=user_pool_id,
            Username=username,
            UserAttributes=[{"Name": name, "Value": value} for name, value in (attributes or {}).items()],
            TemporaryPassword=password,
            MessageAction=message_action,
        )
        cognito.admin_set_user_password(UserPoolId=user_pool_id, Username=username, Password=password, Permanent=True)
        return Made(f"{user_pool_id}/{username}")

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the user permanently."""
        pool_id, username = id_.split("/")
        call.aws("cognito-idp").admin_delete_user(UserPoolId=pool_id, Username=username)
