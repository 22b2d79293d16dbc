"""SQS queues and their policies."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, MustReplace, Outputs, ResourceHandler, answers, texts


class Queue(ResourceHandler):
    """aws.sqs.Queue."""

    token = "aws:sqs/queue:Queue"  # noqa: S105
    always_refreshed = True  # its URL may have changed with the port of the embedded AWS
    named = True

    @staticmethod
    def exists(call: Call) -> bool:
        """Return whether there is a queue of this name."""
        return answers(call.aws("sqs").get_queue_url, QueueName=call.physical_name)

    @staticmethod
    def create(call: Call, *, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the queue. Outputs: arn, name, url."""
        name = f"{call.physical_name}{'.fifo' if inputs.get('fifo_queue') and not call.given_name else ''}"
        attributes = Queue.configuration(**inputs)
        url = call.aws("sqs").create_queue(QueueName=name, Attributes=attributes, tags=tags or {})["QueueUrl"]
        return Made(url, {"arn": call.arn("sqs", name), "name": name, "url": url})

    @staticmethod
    def update(call: Call, id_: str, *, tags: dict[str, str] | None = None, **inputs: Any) -> Outputs:
        """Change the queue; its messages stay."""
        attributes = Queue.configuration(**inputs)
        if ("FifoQueue" in attributes) is not id_.endswith(".fifo"):
            raise MustReplace
        attributes.pop("FifoQueue", None)
        url = call.aws("sqs").get_queue_url(QueueName=id_.rsplit("/", 1)[1])["QueueUrl"]
        if attributes:
            call.aws("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)
        if tags:
            call.aws("sqs").tag_queue(QueueUrl=url, Tags=tags)
        return {"url": url}

    @staticmethod
    def configuration(
        *,
        sqs_managed_sse_enabled: bool | None = None,
        kms_master_key_id: str | None = None,
        kms_data_key_reuse_period_seconds: int | None = None,
        message_retention_seconds: int | None = None,
        visibility_timeout_seconds: int | None = None,
        receive_wait_time_seconds: int | None = None,
        delay_seconds: int | None = None,
        max_message_size: int | None = None,
        fifo_queue: bool | None = None,
        content_based_deduplication: bool | None = None,
        deduplication_scope: str | None = None,
        fifo_throughput_limit: str | None = None,
        policy: str | None = None,
        redrive_policy: str | None = None,
        redrive_allow_policy: str | None = None,
    ) -> dict[str, str]:
        """Return the arguments for CreateQueue and SetQueueAttributes."""
        return texts(
            SqsManagedSseEnabled=sqs_managed_sse_enabled,
            KmsMasterKeyId=kms_master_key_id,
            KmsDataKeyReusePeriodSeconds=kms_data_key_reuse_period_seconds,
            MessageRetentionPeriod=message_retention_seconds,
            VisibilityTimeout=visibility_timeout_seconds,
            ReceiveMessageWaitTimeSeconds=receive_wait_time_seconds,
            DelaySeconds=delay_seconds,
            MaximumMessageSize=max_message_size,
            FifoQueue=fifo_queue or None,
            ContentBasedDeduplication=content_based_deduplication,
            DeduplicationScope=deduplication_scope,
            FifoThroughputLimit=fifo_throughput_limit,
            Policy=policy,
            RedrivePolicy=redrive_policy,
            RedriveAllowPolicy=redrive_allow_policy,
        )

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the queue with all its messages."""
        url = call.aws("sqs").get_queue_url(QueueName=id_.rsplit("/", 1)[-1])["QueueUrl"]
        call.aws("sqs").delete_queue(QueueUrl=url)


class QueuePolicy(ResourceHandler):
    """aws.sqs.QueuePolicy."""

    token = "aws:sqs/queuePolicy:QueuePolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, queue_url: str, policy: str) -> Made:
        """Set the queue's policy."""
        return _with(call, queue_url, Policy=policy)


class RedrivePolicy(ResourceHandler):
    """aws.sqs.RedrivePolicy."""

    token = "aws:sqs/redrivePolicy:RedrivePolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, queue_url: str, redrive_policy: str) -> Made:
        """Set the queue's dead-letter queue."""
        return _with(call, queue_url, RedrivePolicy=redrive_policy)


class RedriveAllowPolicy(ResourceHandler):
    """aws.sqs.RedriveAllowPolicy."""

    token = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, queue_url: str, redrive_allow_policy: str) -> Made:
        """Set the queues that may use this queue for their dead letters."""
        return _with(call, queue_url, RedriveAllowPolicy=redrive_allow_policy)


def _with(call: Call, queue_url: str, **attribute: str) -> Made:
    """Set a policy, which is an attribute of its queue and is deleted with it."""
    call.aws("sqs").set_queue_attributes(QueueUrl=queue_url, Attributes=attribute)
    return Made(queue_url)
