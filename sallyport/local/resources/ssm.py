"""Parameters of Systems Manager."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, present


class Parameter(ResourceHandler):
    """aws.ssm.Parameter."""

    token = "aws:ssm/parameter:Parameter"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, *, overwrite: bool = False, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the parameter. Outputs: arn, name, value (secret), version."""
        name = call.physical_name
        put = Parameter.configuration(**inputs)
        more = {"Overwrite": True} if overwrite else {"Tags": key_values(tags)}  # AWS refuses both together
        version = call.aws("ssm").put_parameter(Name=name, **put, **more)["Version"]
        outputs = {"name": name, "arn": _arn(call, name), "value": put["Value"], "version": version}
        return Made(name, outputs, ("value",))

    @staticmethod
    def update(
        call: Call, id_: str, *, overwrite: bool = False, tags: dict[str, str] | None = None, **inputs: Any
    ) -> Outputs:
        """Create a new version."""
        put = Parameter.configuration(**inputs)
        version = call.aws("ssm").put_parameter(Name=id_, Overwrite=True, **put)["Version"]
        return {"value": put["Value"], "version": version}

    @staticmethod
    def configuration(
        *,
        type: str,  # noqa: A002 Pulumi's name
        value: str | None = None,
        insecure_value: str | None = None,
        description: str | None = None,
        key_id: str | None = None,
        tier: str | None = None,
        data_type: str | None = None,
        allowed_pattern: str | None = None,
    ) -> dict[str, Any]:
        """Return the arguments for PutParameter."""
        return {
            "Type": type,
            "Value": value if value is not None else insecure_value,
            **present(
                Description=description, KeyId=key_id, Tier=tier, DataType=data_type, AllowedPattern=allowed_pattern
            ),
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the parameter with its history."""
        call.aws("ssm").delete_parameter(Name=id_)


def _arn(call: Call, name: str) -> str:
    return call.arn("ssm", f"parameter/{name.removeprefix('/')}")
