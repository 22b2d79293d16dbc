"""REST APIs: resources, methods, integrations, authorizers, deployments, stages."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, present


class RestApi(ResourceHandler):
    """aws.apigateway.RestApi."""

    token = "aws:apigateway/restApi:RestApi"  # noqa: S105

    @staticmethod
    def create(call: Call, *, description: str = "", tags: dict[str, str] | None = None) -> Made:
        """Create the API. Outputs: rootResourceId, executionArn."""
        api = call.aws("apigateway").create_rest_api(name=call.physical_name, description=description, tags=tags or {})
        region = call.aws("apigateway").meta.region_name
        account = call.aws("sts").get_caller_identity()["Account"]
        root = call.aws("apigateway").get_resources(restApiId=api["id"])["items"][0]["id"]
        outputs = {"rootResourceId": root, "executionArn": f"arn:aws:execute-api:{region}:{account}:{api['id']}"}
        return Made(api["id"], outputs)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the API with everything in it."""
        call.aws("apigateway").delete_rest_api(restApiId=id_)


class Resource(ResourceHandler):
    """aws.apigateway.Resource."""

    token = "aws:apigateway/resource:Resource"  # noqa: S105

    @staticmethod
    def create(call: Call, *, rest_api: str, parent_id: str, path_part: str) -> Made:
        """Create one part of a path."""
        resource = call.aws("apigateway").create_resource(restApiId=rest_api, parentId=parent_id, pathPart=path_part)
        return Made(resource["id"], {"restApi": rest_api})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the resource with its methods."""
        call.aws("apigateway").delete_resource(restApiId=outputs["restApi"], resourceId=id_)


class Method(ResourceHandler):
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
        """Create the method, with its authorization."""
        where = {"restApiId": rest_api, "resourceId": resource_id, "httpMethod": http_method}
        call.aws("apigateway").put_method(
            **where, authorizationType=authorization, **present(authorizerId=authorizer_id)
        )
        return Made(f"{rest_api}/{resource_id}/{http_method}")

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the method."""
        api, resource, method = id_.split("/")
        call.aws("apigateway").delete_method(restApiId=api, resourceId=resource, httpMethod=method)


class Integration(ResourceHandler):
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
        """Create the integration: the function that answers."""
        where = {"restApiId": rest_api, "resourceId": resource_id, "httpMethod": http_method}
        call.aws("apigateway").put_integration(
            **where, type=type, integrationHttpMethod=integration_http_method, uri=uri
        )
        return Made(f"{rest_api}/{resource_id}/{http_method}")


class Authorizer(ResourceHandler):
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
        """Create a TOKEN or REQUEST authorizer."""
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
        """Delete the authorizer."""
        call.aws("apigateway").delete_authorizer(restApiId=outputs["restApi"], authorizerId=id_)


class Deployment(ResourceHandler):
    """aws.apigateway.Deployment."""

    token = "aws:apigateway/deployment:Deployment"  # noqa: S105

    @staticmethod
    def create(call: Call, *, rest_api: str, triggers: dict[str, Any] | None = None) -> Made:
        """Create a deployment of the API as it is declared now."""
        deployment = call.aws("apigateway").create_deployment(restApiId=rest_api)
        return Made(deployment["id"], {"restApi": rest_api})


class Stage(ResourceHandler):
    """aws.apigateway.Stage."""

    token = "aws:apigateway/stage:Stage"  # noqa: S105
    always_refreshed = True

    @staticmethod
    def create(
        call: Call, *, rest_api: str, deployment: str, stage_name: str, tags: dict[str, str] | None = None
    ) -> Made:
        """Create the stage. Outputs: invokeUrl."""
        call.aws("apigateway").create_stage(
            restApiId=rest_api, deploymentId=deployment, stageName=stage_name, tags=tags or {}
        )
        return Made(f"{rest_api}/{stage_name}", Stage._address(call, rest_api, stage_name))

    @staticmethod
    def update(
        call: Call, id_: str, *, rest_api: str, deployment: str, stage_name: str, tags: dict[str, str] | None = None
    ) -> Outputs:
        """Change the deployment; return the address, which changes with the port of the embedded AWS."""
        change = {"op": "replace", "path": "/deploymentId", "value": deployment}
        call.aws("apigateway").update_stage(restApiId=rest_api, stageName=stage_name, patchOperations=[change])
        return Stage._address(call, rest_api, stage_name)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the stage."""
        api, name = id_.split("/")
        call.aws("apigateway").delete_stage(restApiId=api, stageName=name)

    @staticmethod
    def _address(call: Call, rest_api: str, stage_name: str) -> Outputs:
        return {"invokeUrl": f"{call.url}/_aws/execute-api/{rest_api}/{stage_name}"}
