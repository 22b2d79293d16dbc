"""HTTP APIs: routes, integrations, authorizers, the stage."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, pascal, present


class Api(ResourceHandler):
    """aws.apigatewayv2.Api."""

    token = "aws:apigatewayv2/api:Api"  # noqa: S105
    always_refreshed = True

    @staticmethod
    def create(
        call: Call,
        *,
        protocol_type: str,
        name: str | None = None,
        description: str | None = None,
        cors_configuration: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the API; its id, and so its address, is the project name. Outputs: apiEndpoint, executionArn, arn."""
        api = call.aws("apigatewayv2").create_api(
            Name=name or call.physical_name,
            ProtocolType=protocol_type,
            Tags={**(tags or {}), "ms-custom-id": call.project},
            **present(CorsConfiguration=pascal(cors_configuration), Description=description),
        )
        return Made(api["ApiId"], Api._addresses(call, api["ApiId"]))

    @staticmethod
    def update(
        call: Call,
        id_: str,
        *,
        cors_configuration: dict[str, Any] | None = None,
        **_: Any,
    ) -> Outputs:
        """Change the CORS configuration; return the address, which changes with the port of the embedded AWS."""
        if cors_configuration:
            call.aws("apigatewayv2").update_api(ApiId=id_, CorsConfiguration=pascal(cors_configuration))
        else:
            call.aws("apigatewayv2").delete_cors_configuration(ApiId=id_)
        return Api._addresses(call, id_)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the API with everything in it."""
        call.aws("apigatewayv2").delete_api(ApiId=id_)

    @staticmethod
    def _addresses(call: Call, id_: str) -> Outputs:
        region = call.aws("apigatewayv2").meta.region_name
        account = call.aws("sts").get_caller_identity()["Account"]
        return {
            "apiEndpoint": f"{call.url}/_aws/execute-api/{id_}",
            "executionArn": f"arn:aws:execute-api:{region}:{account}:{id_}",
            "arn": f"arn:aws:apigateway:{region}::/apis/{id_}",
        }


class Integration(ResourceHandler):
    """aws.apigatewayv2.Integration."""

    token = "aws:apigatewayv2/integration:Integration"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        api_id: str,
        integration_type: str,
        integration_uri: str,
        integration_method: str | None = None,
        payload_format_version: str = "1.0",
        timeout_milliseconds: int = 30_000,
    ) -> Made:
        """Create the integration: the function that answers."""
        integration = call.aws("apigatewayv2").create_integration(
            ApiId=api_id,
            IntegrationType=integration_type,
            IntegrationUri=integration_uri,
            PayloadFormatVersion=payload_format_version,
            TimeoutInMillis=timeout_milliseconds,
            **present(IntegrationMethod=integration_method),
        )
        return Made(integration["IntegrationId"], {"apiId": api_id})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the integration."""
        call.aws("apigatewayv2").delete_integration(ApiId=outputs["apiId"], IntegrationId=id_)


class Route(ResourceHandler):
    """aws.apigatewayv2.Route."""

    token = "aws:apigatewayv2/route:Route"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        api_id: str,
        route_key: str,
        target: str,
        authorization_type: str = "NONE",
        authorizer_id: str | None = None,
        authorization_scopes: list[str] | None = None,
    ) -> Made:
        """Create the route, with its target and authorization."""
        route = call.aws("apigatewayv2").create_route(
            ApiId=api_id,
            RouteKey=route_key,
            Target=target,
            AuthorizationType=authorization_type,
            **present(AuthorizerId=authorizer_id, AuthorizationScopes=authorization_scopes),
        )
        return Made(route["RouteId"], {"apiId": api_id})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the route."""
        call.aws("apigatewayv2").delete_route(ApiId=outputs["apiId"], RouteId=id_)


class Authorizer(ResourceHandler):
    """aws.apigatewayv2.Authorizer."""

    token = "aws:apigatewayv2/authorizer:Authorizer"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        api_id: str,
        authorizer_type: str,
        identity_sources: list[str],
        authorizer_uri: str | None = None,
        authorizer_payload_format_version: str | None = None,
        enable_simple_responses: bool | None = None,
        authorizer_result_ttl_in_seconds: int | None = None,
        jwt_configuration: dict[str, Any] | None = None,
    ) -> Made:
        """Create a REQUEST or JWT authorizer."""
        jwt = jwt_configuration and {
            "Issuer": jwt_configuration["issuer"],
            "Audience": jwt_configuration["audiences"],
        }
        authorizer = call.aws("apigatewayv2").create_authorizer(
            ApiId=api_id,
            Name=call.physical_name,
            AuthorizerType=authorizer_type,
            IdentitySource=identity_sources,
            **present(
                AuthorizerUri=authorizer_uri,
                AuthorizerPayloadFormatVersion=authorizer_payload_format_version,
                EnableSimpleResponses=enable_simple_responses,
                AuthorizerResultTtlInSeconds=authorizer_result_ttl_in_seconds,
                JwtConfiguration=jwt,
            ),
        )
        return Made(authorizer["AuthorizerId"], {"apiId": api_id})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the authorizer."""
        call.aws("apigatewayv2").delete_authorizer(ApiId=outputs["apiId"], AuthorizerId=id_)


class Stage(ResourceHandler):
    """aws.apigatewayv2.Stage."""

    token = "aws:apigatewayv2/stage:Stage"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        api_id: str,
        name: str,
        auto_deploy: bool = False,
        access_log_settings: dict[str, str] | None = None,
        default_route_settings: dict[str, Any] | None = None,
        route_settings: list[dict[str, Any]] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the stage. The embedded AWS stores the settings of limits and access logs, but ignores them."""
        settings = {
            setting["routeKey"]: pascal({key: value for key, value in setting.items() if key != "routeKey"})
            for setting in route_settings or []
        }
        call.aws("apigatewayv2").create_stage(
            ApiId=api_id,
            StageName=name,
            AutoDeploy=auto_deploy,
            RouteSettings=settings,
            Tags=tags or {},
            **present(
                AccessLogSettings=pascal(access_log_settings), DefaultRouteSettings=pascal(default_route_settings)
            ),
        )
        return Made(name, {"apiId": api_id})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the stage."""
        call.aws("apigatewayv2").delete_stage(ApiId=outputs["apiId"], StageName=id_)
