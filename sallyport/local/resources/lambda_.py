"""Lambda functions, layers, permissions, event source mappings, and calls that a deployment makes."""

from typing import Any

from sallyport.local.engine import Made, ResourceError
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, pascal, present
from sallyport.local.rpc import Asset


class LayerVersion(ResourceHandler):
    """aws.lambda_.LayerVersion."""

    token = "aws:lambda/layerVersion:LayerVersion"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        layer_name: str,
        code: Asset,
        compatible_runtimes: list[str] | None = None,
        compatible_architectures: list[str] | None = None,
        description: str | None = None,
    ) -> Made:
        """Publish a version of the layer. Outputs: arn, of the version."""
        layer = call.aws("lambda").publish_layer_version(
            LayerName=layer_name,
            Content={"ZipFile": code.content},
            **present(
                CompatibleRuntimes=compatible_runtimes,
                CompatibleArchitectures=compatible_architectures,
                Description=description,
            ),
        )
        return Made(layer["LayerVersionArn"], {"arn": layer["LayerVersionArn"]})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete this version only."""
        name, version = id_.split(":")[-2:]
        call.aws("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


class Function(ResourceHandler):
    """aws.lambda_.Function."""

    token = "aws:lambda/function:Function"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, *, code: Asset, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the function. Outputs: arn, name, invokeArn."""
        name = call.physical_name
        settings = Function.configuration(**inputs)
        function = call.aws("lambda").create_function(
            FunctionName=name, Code={"ZipFile": code.content}, Tags=tags or {}, **settings
        )
        return Made(name, {"name": name, **_addresses(call, function["FunctionArn"])})

    @staticmethod
    def update(call: Call, id_: str, *, code: Asset, tags: dict[str, str] | None = None, **inputs: Any) -> Outputs:
        """Change code and configuration; the ARN stays."""
        lambda_, settings = call.aws("lambda"), Function.configuration(**inputs)
        lambda_.update_function_code(
            FunctionName=id_, ZipFile=code.content, Architectures=settings.pop("Architectures")
        )
        function = lambda_.update_function_configuration(FunctionName=id_, **settings)
        lambda_.tag_resource(Resource=function["FunctionArn"], Tags=tags or {})
        return {"name": id_, **_addresses(call, function["FunctionArn"])}

    @staticmethod
    def configuration(
        *,
        runtime: str,
        handler: str,
        role: str,
        logging_config: dict[str, str] | None = None,
        tracing_config: dict[str, str] | None = None,
        architectures: list[str] | None = None,
        description: str = "",
        publish: bool = False,
        layers: list[str] | None = None,
        memory_size: int = 128,
        timeout: int = 3,
        environment: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments for CreateFunction and UpdateFunctionConfiguration."""
        return {
            "Runtime": runtime,
            "Architectures": architectures or ["x86_64"],
            "Description": description,
            "Handler": handler,
            "Layers": layers or [],
            "Role": role,
            "MemorySize": memory_size,
            "Timeout": timeout,
            "Environment": {"Variables": (environment or {}).get("variables", {})},
            **present(LoggingConfig=pascal(logging_config), TracingConfig=pascal(tracing_config)),
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the function."""
        call.aws("lambda").delete_function(FunctionName=id_)


class Permission(ResourceHandler):
    """aws.lambda_.Permission."""

    token = "aws:lambda/permission:Permission"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        action: str,
        function: str,
        principal: str,
        source_arn: str | None = None,
        source_account: str | None = None,
        statement_id: str | None = None,
    ) -> Made:
        """Add a statement to the function's own policy."""
        statement = statement_id or call.physical_name
        call.aws("lambda").add_permission(
            FunctionName=function,
            StatementId=statement,
            Action=action,
            Principal=principal,
            **present(SourceArn=source_arn, SourceAccount=source_account),
        )
        return Made(statement, {"function": function})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the statement from the function's policy."""
        call.aws("lambda").remove_permission(FunctionName=outputs["function"], StatementId=id_)


class Invocation(ResourceHandler):
    """aws.lambda_.Invocation, called once when it is made."""

    token = "aws:lambda/invocation:Invocation"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        function_name: str,
        input: str,  # noqa: A002 Pulumi's name
        lifecycle_scope: str,
        triggers: dict[str, str] | None = None,
    ) -> Made:
        """Call the function. Outputs: result. Raises if the function fails."""
        if lifecycle_scope != "CREATE_ONLY":
            raise ResourceError(f"lifecycleScope {lifecycle_scope} is not handled")
        answer = call.aws("lambda").invoke(FunctionName=function_name, Payload=input.encode())
        result = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise ResourceError(f"{function_name} failed: {result}")
        return Made(call.name, {"result": result})


class EventSourceMapping(ResourceHandler):
    """aws.lambda_.EventSourceMapping."""

    token = "aws:lambda/eventSourceMapping:EventSourceMapping"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        event_source_arn: str,
        function_name: str,
        batch_size: int | None = None,
        maximum_batching_window_in_seconds: int | None = None,
        enabled: bool = True,
        starting_position: str | None = None,
        filter_criteria: dict[str, Any] | None = None,
        function_response_types: list[str] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the mapping from a queue or a stream to a function. Outputs: uuid."""
        mapping = call.aws("lambda").create_event_source_mapping(
            EventSourceArn=event_source_arn,
            FunctionName=function_name,
            Enabled=enabled,
            Tags=tags or {},
            **present(
                BatchSize=batch_size,
                MaximumBatchingWindowInSeconds=maximum_batching_window_in_seconds,
                StartingPosition=starting_position,
                FilterCriteria=pascal(filter_criteria),
                FunctionResponseTypes=function_response_types,
            ),
        )
        return Made(mapping["UUID"], {"uuid": mapping["UUID"]})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the mapping: the function reads the source no more."""
        call.aws("lambda").delete_event_source_mapping(UUID=id_)


def _addresses(call: Call, arn: str) -> Outputs:
    region = call.aws("lambda").meta.region_name
    invoke_arn = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"arn": arn, "invokeArn": invoke_arn}
