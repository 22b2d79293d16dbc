"""HttpApi: the HTTP API itself, which is there before what stands in front of it and behind it."""

import pulumi
import pulumi_aws as aws

from components.settings import Settings
from contract.routes import ROUTES

CORS_SECONDS = 600


class HttpApi(pulumi.ComponentResource):
    """The API. Applications know the issuer by its `address`, so that it is protected like data."""

    id: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    address: pulumi.Output[str]
    """The API's own address, which no setting changes."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:HttpApi", name, None, opts)
        origins = settings.cors_origins
        cors = aws.apigatewayv2.ApiCorsConfigurationArgs(
            allow_origins=list(origins),
            allow_methods=sorted({route.method for route in ROUTES}),
            allow_headers=["authorization", "content-type", "idempotency-key", "prefer"],
            expose_headers=["location", "retry-after", "www-authenticate"],
            max_age=CORS_SECONDS,
        )
        was = pulumi.create_urn("auth", "sallyport:index:AuthApi")
        api = aws.apigatewayv2.Api(
            "auth-api",
            protocol_type="HTTP",
            cors_configuration=cors if origins else None,
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=settings.retain, aliases=[pulumi.Alias(parent=was)]),
        )
        self.id, self.execution_arn, self.address = api.id, api.execution_arn, api.api_endpoint
        self.register_outputs({"address": self.address})
