"""The actions that AWS checks, and the resources that it checks them on, where MiniStack has others, or none.

| action | resource |
|---|---|
| `ses:SendEmail`, and those of an identity | the identity |
| `logs:CreateLogStream`, `logs:PutLogEvents` | the log stream |
| `events:*` | the bus, or the rule: `rule/NAME` on the default bus, `rule/BUS/NAME` on any other |
| `lambda:CreateFunction` | the function |
| `cloudwatch:DeleteAlarms`, `PutDashboard`, `DeleteDashboards` | the alarm, the dashboard; of several the first |
| `cloudfront:*` of functions, origin access controls and response headers policies | these, but for their creation |

A function's aliases and provisioned concurrency have actions of their own for each method.

Source: AWS Service Authorization Reference.
"""

from typing import Any

from ministack.core import iam_actions

from sallyport.local.server.request_body import as_object

SEND_PATH = "/v2/email/outbound-emails"
DEFAULT_BUS = "default"
SERVICES = {"monitoring": "cloudwatch"}
"""Name that signs a request → name in ARNs."""
OF_CLOUDWATCH = {
    "DashboardName": "dashboard/",
    "DashboardNames": "dashboard/",
    "AlarmName": "alarm:",
    "AlarmNames": "alarm:",
}
"""Parameter → what it names."""
VERBS = {"GET": "Get", "POST": "Create", "PUT": "Update", "DELETE": "Delete"}
OF_CLOUDFRONT = ("function", "origin-access-control", "response-headers-policy")


def install() -> None:
    """Wrap MiniStack's action and resource of a request."""
    extract, lambda_action = iam_actions.extract_resource_arn, iam_actions._lambda_action

    def extract_resource_arn(service, method, path, headers, body, params, region, account):  # type: ignore[no-untyped-def]
        named, content = SERVICES.get(service, service), as_object(body)
        target = (headers.get("x-amz-target") or "").rpartition(".")[2]
        own = _own(named, method, path, target, content)
        if own is not None:
            has_region = named != "cloudfront" and not own.startswith("dashboard/")
            return f"arn:aws:{named}:{region if has_region else ''}:{account}:{own}"
        return extract(service, method, path, headers, body, params, region, account)

    def action_of_lambda(method, path):  # type: ignore[no-untyped-def]
        return _of_lambda(method, path) or lambda_action(method, path)

    iam_actions.extract_resource_arn, iam_actions._lambda_action = extract_resource_arn, action_of_lambda


def _of_lambda(method: str, path: str) -> str | None:
    """Return the action of `/2015-03-31/functions/NAME/aliases/ALIAS` and of `.../provisioned-concurrency`."""
    _, _, _, _, kind, *named = f"{path.rstrip('/')}////".split("/")
    if kind == "aliases" and named[0]:
        return f"{VERBS[method]}Alias"
    if kind == "provisioned-concurrency":
        return f"{'Put' if method == 'PUT' else VERBS[method]}ProvisionedConcurrencyConfig"
    return None


def _own(service: str, method: str, path: str, action: str, content: dict[str, Any]) -> str | None:
    """Return the end of the ARN; None where MiniStack's is right."""
    if service == "ses" and path == SEND_PATH:
        return f"identity/{content.get('FromEmailAddress', '')}"
    if service == "logs" and "logStreamName" in content:
        return f"log-group:{content.get('logGroupName', '')}:log-stream:{content['logStreamName']}"
    if service == "events" and "ResourceARN" not in content:
        return _of_events(action, content)
    if service == "lambda" and method == "POST" and path.rstrip("/").endswith("/functions"):
        return f"function:{content.get('FunctionName', '')}"
    if service == "cloudwatch":
        return _of_cloudwatch(content)
    return _of_cloudfront(path) if service == "cloudfront" else None


def _of_cloudwatch(content: dict[str, Any]) -> str | None:
    for name, kind in OF_CLOUDWATCH.items():
        if content.get(name):
            return f"{kind}{content[name][0] if isinstance(content[name], list) else content[name]}"
    return None


def _of_cloudfront(path: str) -> str | None:
    """Return the end of the ARN of `/2020-05-31/KIND/NAME[/...]`."""
    _, _, kind, *name = path.split("/")
    return f"{kind}/{name[0]}" if kind in OF_CLOUDFRONT and name and name[0] else None


def _of_events(action: str, content: dict[str, Any]) -> str | None:
    if "EventBus" in action:
        return f"event-bus/{content['Name']}" if "Name" in content else None
    rule = content.get("Rule") or content.get("Name")
    bus = str(content.get("EventBusName", DEFAULT_BUS)).rpartition("/")[2]
    if rule is None:
        return None
    return f"rule/{rule}" if bus == DEFAULT_BUS else f"rule/{bus}/{rule}"
