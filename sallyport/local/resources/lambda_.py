"""Lambda functions, layers, permissions, event source mappings, and calls that a deployment makes."""

from typing import Any

from sallyport.local.engine import Made, ResourceError
from sallyport.local.resources.resource_handler import Call, MustReplace, Outputs, ResourceHandler, pascal, present
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
        return Made(name, {"name": name, **_outputs(call, function)})

    @staticmethod
    def update(call: Call, id_: str, *, code: Asset, tags: dict[str, str] | None = None, **inputs: Any) -> Outputs:
        """Change code and configuration; the ARN stays."""
        lambda_, settings = call.aws("lambda"), Function.configuration(**inputs)
        publish = settings.pop("Publish")
        lambda_.update_function_code(
            FunctionName=id_, ZipFile=code.content, Architectures=settings.pop("Architectures")
        )
        function = lambda_.update_function_configuration(FunctionName=id_, **settings)
        lambda_.tag_resource(Resource=function["FunctionArn"], Tags=tags or {})
        if publish:
            function = lambda_.publish_version(FunctionName=id_)
        return {"name": id_, **_outputs(call, function)}

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
        snap_start: dict[str, str] | None = None,
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
            "Publish": publish,
            "Environment": {"Variables": (environment or {}).get("variables", {})},
            **present(
                LoggingConfig=pascal(logging_config),
                TracingConfig=pascal(tracing_config),
                SnapStart=pascal(snap_start),
            ),
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the function."""
        call.aws("lambda").delete_function(FunctionName=id_)


class Alias(ResourceHandler):
    """aws.lambda_.Alias."""

    token = "aws:lambda/alias:Alias"  # noqa: S105

    @staticmethod
    def create(call: Call, *, name: str, function_name: str, function_version: str, description: str = "") -> Made:
        """Create the alias of a version. Outputs: arn, invokeArn, name."""
        made = call.aws("lambda").create_alias(
            FunctionName=function_name, Name=name, FunctionVersion=function_version, Description=description
        )
        addresses = _addresses(call, made["AliasArn"])
        return Made(f"{function_name}/{name}", {"name": name, "function": function_name, **addresses})

    @staticmethod
    def update(
        call: Call, id_: str, *, name: str, function_name: str, function_version: str, description: str = ""
    ) -> Outputs:
        """Let the alias name another version."""
        if id_ != f"{function_name}/{name}":
            raise MustReplace
        call.aws("lambda").update_alias(
            FunctionName=function_name, Name=name, FunctionVersion=function_version, Description=description
        )
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the alias; its version stays."""
        call.aws("lambda").delete_alias(FunctionName=outputs["function"], Name=outputs["name"])


class ProvisionedConcurrencyConfig(ResourceHandler):
    """aws.lambda_.ProvisionedConcurrencyConfig, which is kept and read here; no environments are kept ready for it."""

    token = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"  # noqa: S105

    @staticmethod
    def create(call: Call, *, function_name: str, qualifier: str, provisioned_concurrent_executions: int) -> Made:
        """Set the number of environments."""
        call.aws("lambda").put_provisioned_concurrency_config(
            FunctionName=function_name,
            Qualifier=qualifier,
            ProvisionedConcurrentExecutions=int(provisioned_concurrent_executions),
        )
        return Made(f"{function_name},{qualifier}", {"functionName": function_name, "qualifier": qualifier})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Keep none ready any more."""
        function, _, qualifier = id_.partition(",")
        call.aws("lambda").delete_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)


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
        qualifier: str | None = None,
    ) -> Made:
        """Add a statement to the function's own policy."""
        statement = statement_id or call.physical_name
        call.aws("lambda").add_permission(
            FunctionName=function,
            StatementId=statement,
            Action=action,
            Principal=principal,
            **present(SourceArn=source_arn, SourceAccount=source_account, Qualifier=qualifier),
        )
        return Made(statement, {"function": function, **present(qualifier=qualifier)})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the statement from the function's policy."""
        of = present(Qualifier=outputs.get("qualifier"))
        call.aws("lambda").remove_permission(FunctionName=outputs["function"], StatementId=id_, **of)


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


def _outputs(call: Call, function: dict[str, Any]) -> Outputs:
    """Return the outputs of a function, from what AWS tells of it or of its new version."""
    arn, version = function["FunctionArn"], function["Version"]
    return {**_addresses(call, arn.removesuffix(f":{version}")), "version": version}


def _addresses(call: Call, arn: str) -> Outputs:
    region = call.aws("lambda").meta.region_name
    invoke_arn = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"arn": arn, "invokeArn": invoke_arn}
