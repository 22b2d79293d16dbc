"""REST APIs: resources, methods, integrations, authorizers, deployments, stages."""

from typing import Any

from local.engine import Made
from local.resources.kind import Call, Kind, Outputs, present


class RestApi(Kind):
    """aws.apigateway.RestApi."""

    token = "aws:apigateway/restApi:RestApi"  # noqa: S105

    @staticmethod
    def create(call: Call, *, description: str = "", tags: dict[str, str] | None = None) -> Made:
        """Outputs: rootResourceId, executionArn."""
        api = call.aws("apigateway").create_rest_api(name=call.physical_name, description=description, tags=tags or {})
        region = call.aws("apigateway").meta.region_name
        account = call.aws("sts").get_caller_identity()["Account"]
        root = call.aws("apigateway").get_resources(restApiId=api["id"])["items"][0]["id"]
        outputs = {"rootResourceId": root, "executionArn": f"arn:aws:execute-api:{region}:{account}:{api['id']}"}
        return Made(api["id"], outputs)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """With everything in it."""
        call.aws("apigateway").delete_rest_api(restApiId=id_)


class Resource(Kind):
    """aws.apigateway.Resource."""

    token = "aws:apigateway/resource:Resource"  # noqa: S105

    @staticmethod
    def create(call: Call, *, rest_api: str, parent_id: str, path_part: str) -> Made:
        """One part of a path."""
        resource = call.aws("apigateway").create_resource(restApiId=rest_api, parentId=parent_id, pathPart=path_part)
        return Made(resource["id"], {"restApi": rest_api})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """With its methods."""
        call.aws("apigateway").delete_resource(restApiId=outputs["restApi"], resourceId=id_)


class Method(Kind):
    """aws.apigateway.Method."""

    token = "aws:apigateway/method:Method"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        rest_api: str,
        resource_id: str,
        http_method: str,
        authorization: str,
        authorizer_id: str | None = None,
    ) -> Made:
        """Who may call what."""
        where = {"restApiId": rest_api, "resourceId": resource_id, "httpMethod": http_method}
        call.aws("apigateway").put_method(
            **where, authorizationType=authorization, **present(authorizerId=authorizer_id)
        )
        return Made(f"{rest_api}/{resource_id}/{http_method}")

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """By its place."""
        api, resource, method = id_.split("/")
        call.aws("apigateway").delete_method(restApiId=api, resourceId=resource, httpMethod=method)


class Integration(Kind):
    """aws.apigateway.Integration."""

    token = "aws:apigateway/integration:Integration"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        rest_api: str,
        resource_id: str,
        http_method: str,
        integration_http_method: str,
        type: str,  # noqa: A002 Pulumi's name
        uri: str,
    ) -> Made:
        """Which function answers."""
        where = {"restApiId": rest_api, "resourceId": resource_id, "httpMethod": http_method}
        call.aws("apigateway").put_integration(
            **where, type=type, integrationHttpMethod=integration_http_method, uri=uri
        )
        return Made(f"{rest_api}/{resource_id}/{http_method}")


class Authorizer(Kind):
    """aws.apigateway.Authorizer."""

    token = "aws:apigateway/authorizer:Authorizer"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        rest_api: str,
        type: str,  # noqa: A002 Pulumi's name
        authorizer_uri: str,
        identity_source: str,
        authorizer_result_ttl_in_seconds: int,
    ) -> Made:
        """A TOKEN or REQUEST authorizer."""
        authorizer = call.aws("apigateway").create_authorizer(
            restApiId=rest_api,
            name=call.physical_name,
            type=type,
            authorizerUri=authorizer_uri,
            identitySource=identity_source,
            authorizerResultTtlInSeconds=authorizer_result_ttl_in_seconds,
        )
        return Made(authorizer["id"], {"restApi": rest_api})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """By its API."""
        call.aws("apigateway").delete_authorizer(restApiId=outputs["restApi"], authorizerId=id_)


class Deployment(Kind):
    """aws.apigateway.Deployment."""

    token = "aws:apigateway/deployment:Deployment"  # noqa: S105

    @staticmethod
    def create(call: Call, *, rest_api: str, triggers: dict[str, Any] | None = None) -> Made:
        """What is declared now, as it will be served."""
        deployment = call.aws("apigateway").create_deployment(restApiId=rest_api)
        return Made(deployment["id"], {"restApi": rest_api})


class Stage(Kind):
    """aws.apigateway.Stage."""

    token = "aws:apigateway/stage:Stage"  # noqa: S105
    always_refreshed = True

    @staticmethod
    def create(
        call: Call, *, rest_api: str, deployment: str, stage_name: str, tags: dict[str, str] | None = None
    ) -> Made:
        """Outputs: invokeUrl."""
        call.aws("apigateway").create_stage(
            restApiId=rest_api, deploymentId=deployment, stageName=stage_name, tags=tags or {}
        )
        return Made(f"{rest_api}/{stage_name}", Stage._address(call, rest_api, stage_name))

    @staticmethod
    def update(
        call: Call, id_: str, *, rest_api: str, deployment: str, stage_name: str, tags: dict[str, str] | None = None
    ) -> Outputs:
        """Another deployment; its address may have changed with the port of the embedded AWS."""
        change = {"op": "replace", "path": "/deploymentId", "value": deployment}
        call.aws("apigateway").update_stage(restApiId=rest_api, stageName=stage_name, patchOperations=[change])
        return Stage._address(call, rest_api, stage_name)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """By its API."""
        api, name = id_.split("/")
        call.aws("apigateway").delete_stage(restApiId=api, stageName=name)

    @staticmethod
    def _address(call: Call, rest_api: str, stage_name: str) -> Outputs:
        return {"invokeUrl": f"{call.url}/_aws/execute-api/{rest_api}/{stage_name}"}
