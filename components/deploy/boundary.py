"""The most that a role of the stage's functions can have, whatever its own policy says.

A test holds it to what the functions use: no action more.
"""

from components.deploy.scope import Scope, Statement, allow

DATA = [
    "BatchGetItem", "ConditionCheckItem", "DeleteItem", "DescribeStream", "GetItem", "GetRecords", "GetShardIterator",
    "PutItem", "Query", "Scan", "UpdateItem",
]  # fmt: skip
POOL = ["AdminDeleteUser", "AdminSetUserPassword", "AdminUpdateUserAttributes", "AdminUserGlobalSignOut"]
ROTATION = ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"]


def statements(scope: Scope) -> list[Statement]:
    """Return the statements of the boundary."""
    migration = [scope.migration_function] if scope.migration_function else []
    functions = [scope.named("lambda", "function:"), *migration]
    return [
        allow("Data", "dynamodb", DATA, scope.named("dynamodb", "table/")),
        allow("Keys", "kms", ["Decrypt", "Encrypt", "GenerateDataKey"], scope.arn("kms", "key/*"), scope.own),
        allow("Secrets", "secretsmanager", ROTATION, scope.named("secretsmanager", "secret:")),
        allow("Pool", "cognito-idp", POOL, scope.arn("cognito-idp", "userpool/*"), scope.own),
        allow("Logs", "logs", ["CreateLogStream", "PutLogEvents"], f"{scope.named('logs', 'log-group:')}:*"),
        allow("Events", "events", ["PutEvents"], scope.named("events", "event-bus/")),
        allow(
            "Queues",
            "sqs",
            ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage"],
            scope.named("sqs"),
        ),
        allow("Functions", "lambda", ["InvokeFunction"], functions),
        allow("Site", "s3", ["GetObject", "PutObject"], f"arn:aws:s3:::{scope.prefix}-site-*/*"),
        allow("Mail", "ses", ["SendEmail"], scope.arn("ses", "identity/*")),
        allow("Traces", "xray", ["PutTelemetryRecords", "PutTraceSegments"], "*"),
    ]
