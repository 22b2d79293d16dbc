"""SQS queues."""

import json

from local.engine import Made
from local.resources.kind import Call, Kind, Outputs


class Queue(Kind):
    """aws.sqs.Queue."""

    token = "aws:sqs/queue:Queue"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        sqs_managed_sse_enabled: bool,
        message_retention_seconds: int = 345_600,
        visibility_timeout_seconds: int = 30,
        redrive_policy: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Outputs: arn, name, url."""
        sqs, name = call.aws("sqs"), call.physical_name
        attributes = {
            "SqsManagedSseEnabled": str(sqs_managed_sse_enabled).lower(),
            "MessageRetentionPeriod": str(message_retention_seconds),
            "VisibilityTimeout": str(visibility_timeout_seconds),
        }
        if redrive_policy:
            attributes["RedrivePolicy"] = redrive_policy
        url = sqs.create_queue(QueueName=name, Attributes=attributes, tags=tags or {})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return Made(url, {"arn": arn, "name": name, "url": url})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """With all its messages."""
        call.aws("sqs").delete_queue(QueueUrl=id_)


class RedriveAllowPolicy(Kind):
    """aws.sqs.RedriveAllowPolicy."""

    token = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, queue_url: str, redrive_allow_policy: str) -> Made:
        """Which queues may leave their dead letters here."""
        attributes = {"RedriveAllowPolicy": json.dumps(json.loads(redrive_allow_policy))}
        call.aws("sqs").set_queue_attributes(QueueUrl=queue_url, Attributes=attributes)
        return Made(queue_url)
