"""Web ACLs of AWS WAF: the embedded AWS keeps them, and judges no request by them."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, pascal


class WebAcl(ResourceHandler):
    """aws.wafv2.WebAcl."""

    token = "aws:wafv2/webAcl:WebAcl"  # noqa: S105
    named = True

    @staticmethod
    def create(
        call: Call,
        *,
        scope: str,
        default_action: dict[str, Any],
        visibility_config: dict[str, Any],
        rules: list[dict[str, Any]] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Make the web ACL. Outputs: arn, name, scope."""
        made = call.aws("wafv2").create_web_acl(
            Name=call.physical_name,
            Scope=scope,
            DefaultAction=_spelled(default_action),
            VisibilityConfig=_spelled(visibility_config),
            Rules=_spelled(rules or []),
            **({"Tags": key_values(tags)} if tags else {}),
        )["Summary"]
        return Made(made["Id"], {"arn": made["ARN"], "name": made["Name"], "scope": scope})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the web ACL."""
        waf, given = call.aws("wafv2"), {"Name": outputs["name"], "Scope": outputs["scope"], "Id": id_}
        waf.delete_web_acl(**given, LockToken=waf.get_web_acl(**given)["LockToken"])


def _spelled(value: Any) -> Any:
    """Return the value with AWS's names, and the searched text as bytes."""
    return _with_bytes(pascal(value))


def _with_bytes(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_bytes(one) for one in value]
    if not isinstance(value, dict):
        return int(value) if isinstance(value, float) else value
    renamed = {name.replace("Cloudwatch", "CloudWatch"): _with_bytes(one) for name, one in value.items()}
    return {name: one.encode() if name == "SearchString" else one for name, one in renamed.items()}
