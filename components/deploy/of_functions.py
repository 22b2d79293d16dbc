"""The rights to deploy functions: their roles, code, logs, schedules and queues.

Source of the actions: the resources of terraform-provider-aws, `internal/service`, which pulumi-aws wraps; of ARNs and
conditions: AWS Service Authorization Reference.
"""

from components.deploy.scope import Scope, Statement, allow


def statements(scope: Scope) -> list[Statement]:
    """Return the statements of the policy `functions`."""
    return [*_roles(scope), *_functions(scope), *_logs(scope), *_events(scope), *_queues(scope)]


def _roles(scope: Scope) -> list[Statement]:
    """Roles are created, and get policies, within the boundary alone; or a pipeline could make an administrator."""
    roles = scope.global_arn("iam", f"role/{scope.prefix}-*")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": scope.boundary_arn}}
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    read = ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRolePolicies"]
    change = ["DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"]
    return [
        allow(
            "WriteBoundedRoles",
            "iam",
            ["CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"],
            roles,
            bounded,
        ),
        allow("ChangeRoles", "iam", [*read, *change], roles),
        allow("PassRoles", "iam", ["PassRole"], roles, to_lambda),
    ]


def _functions(scope: Scope) -> list[Statement]:
    functions = scope.named("lambda", "function:")
    layers = [scope.arn("lambda", f"layer:{scope.prefix}{part}") for part in ("", "-factors")]
    mappings = scope.arn("lambda", "event-source-mapping:*")
    of_own_functions = {"ArnLike": {"lambda:FunctionArn": functions}}
    code = ["CreateFunction", "DeleteFunction", "GetFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"]
    read = ["GetFunctionCodeSigningConfig", "GetFunctionConfiguration", "GetPolicy", "ListVersionsByFunction"]
    kept = [f"{verb}EventSourceMapping" for verb in ("Delete", "Get", "Update")]
    permissions, tags = ["AddPermission", "RemovePermission"], ["ListTags", "TagResource", "UntagResource"]
    aliases = [f"{verb}Alias" for verb in ("Create", "Delete", "Get", "Update")]
    kept_ready = [f"{verb}ProvisionedConcurrencyConfig" for verb in ("Delete", "Get", "Put")]
    return [
        allow("DeployFunctions", "lambda", [*code, *read, *permissions, *tags], functions),
        allow("PublishVersions", "lambda", ["PublishVersion", *aliases, *kept_ready], [functions, f"{functions}:*"]),
        allow(
            "InvokeRotation", "lambda", ["InvokeFunction"], scope.arn("lambda", f"function:{scope.prefix}-rotation-*")
        ),
        allow("PublishLayers", "lambda", ["PublishLayerVersion"], layers),
        allow("UseLayers", "lambda", ["DeleteLayerVersion", "GetLayerVersion"], [f"{one}:*" for one in layers]),
        allow("FeedFunctions", "lambda", ["CreateEventSourceMapping"], "*", of_own_functions),
        allow("KeepFeeds", "lambda", kept, mappings, of_own_functions),
        allow("TagFeeds", "lambda", ["TagResource", "UntagResource"], mappings, scope.tagging),
        allow("ReadTagsOfFeeds", "lambda", ["ListTags"], mappings),
    ]


def _logs(scope: Scope) -> list[Statement]:
    groups = [scope.named("logs", "log-group:"), f"{scope.named('logs', 'log-group:')}:*"]
    group = ["AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "PutRetentionPolicy"]
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    filters = [f"{verb}{kind}Filter" for kind in ("Metric", "Subscription") for verb in ("Delete", "Put")]
    found = ["DescribeMetricFilters", "DescribeSubscriptionFilters"]
    # Source: API Gateway Developer Guide, "Configure logging for HTTP APIs": the caller who turns on access logs needs
    # these, which have no resources.
    delivery = [f"{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update")]
    policies = ["DescribeResourcePolicies", "ListLogDeliveries", "PutResourcePolicy"]
    return [
        allow("KeepLogs", "logs", [*group, *tags, *filters, *found], groups),
        allow("FindLogGroups", "logs", ["DescribeLogGroups"], "*"),
        allow("DeliverAccessLogs", "logs", [*delivery, *policies], "*"),
    ]


def _events(scope: Scope) -> list[Statement]:
    rules = [scope.named("events", "rule/"), scope.arn("events", f"rule/{scope.prefix}-*/{scope.prefix}-*")]
    bus = scope.named("events", "event-bus/")
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    rule = ["DeleteRule", "DescribeRule", "PutRule", "ListTargetsByRule", "PutTargets", "RemoveTargets"]
    buses = ["CreateEventBus", "DeleteEventBus", "DescribeEventBus", "UpdateEventBus"]
    return [
        allow("KeepRules", "events", [*rule, *tags], rules),
        allow("KeepBus", "events", [*buses, *tags], bus),
    ]


def _queues(scope: Scope) -> list[Statement]:
    queue = ["CreateQueue", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl", "SetQueueAttributes"]
    tags = ["ListQueueTags", "TagQueue", "UntagQueue"]
    return [allow("KeepQueues", "sqs", [*queue, *tags], scope.named("sqs"))]
