"""The rights to deploy the sender of mail and the alarms, and to keep Pulumi's state. Sources: as of `of_functions`."""

from components.deploy.scope import Scope, Statement, allow


def statements(scope: Scope) -> list[Statement]:
    """Return the statements of the policy `operation`."""
    return [*_mail(scope), *_monitoring(scope), *_state(scope)]


def _mail(scope: Scope) -> list[Statement]:
    if not scope.mail_from:
        return []
    identity = ["CreateEmailIdentity", "DeleteEmailIdentity", "GetEmailIdentity"]
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    return [allow("KeepSender", "ses", [*identity, *tags], scope.arn("ses", f"identity/{scope.mail_from}"))]


def _monitoring(scope: Scope) -> list[Statement]:
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    dashboard = scope.global_arn("cloudwatch", f"dashboard/{scope.prefix}")
    budget = scope.global_arn("budgets", f"budget/{scope.prefix}-*")
    return [
        allow(
            "KeepAlarms", "cloudwatch", ["DeleteAlarms", "PutMetricAlarm", *tags], scope.named("cloudwatch", "alarm:")
        ),
        allow("FindAlarms", "cloudwatch", ["DescribeAlarms"], scope.arn("cloudwatch", "alarm:*")),
        allow("KeepDashboard", "cloudwatch", ["DeleteDashboards", "GetDashboard", "PutDashboard"], dashboard),
        allow("KeepBudget", "budgets", ["ModifyBudget", "ViewBudget", *tags], budget),
    ]


def _state(scope: Scope) -> list[Statement]:
    """Pulumi's state in a bucket, and the key of its secrets. The stage reads and writes its own files alone."""
    found = []
    if scope.state_bucket:
        bucket = f"arn:aws:s3:::{scope.state_bucket}"
        of_stage = f"{scope.project}/{scope.stage}"
        folders = ("backups", "history", "locks", "locks/organization")
        kept = [f"stacks/{of_stage}.json*", *(f"{folder}/{of_stage}/*" for folder in folders)]
        files = [f"{bucket}/.pulumi/{one}" for one in kept]
        found += [
            allow("FindState", "s3", ["GetBucketLocation", "ListBucket"], bucket),
            allow("WriteState", "s3", ["DeleteObject", "GetObject", "PutObject"], files),
            allow("ReadMeta", "s3", ["GetObject"], f"{bucket}/.pulumi/meta.yaml"),
        ]
    if scope.state_key_arn:
        found.append(allow("UseStateKey", "kms", ["Decrypt", "Encrypt"], scope.state_key_arn))
    return found
