"""SNS topics, their policies and subscriptions."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import (
    Call,
    MustReplace,
    Outputs,
    ResourceHandler,
    answers,
    key_values,
    texts,
)


class Topic(ResourceHandler):
    """aws.sns.Topic."""

    token = "aws:sns/topic:Topic"  # noqa: S105
    named = True

    @staticmethod
    def exists(call: Call) -> bool:
        """Return whether there is a topic of this name."""
        return answers(call.aws("sns").get_topic_attributes, TopicArn=call.arn("sns", call.physical_name))

    @staticmethod
    def create(call: Call, *, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the topic. Outputs: arn, name, owner."""
        name = f"{call.physical_name}{'.fifo' if inputs.get('fifo_topic') and not call.given_name else ''}"
        attributes = Topic.configuration(**inputs)
        arn = call.aws("sns").create_topic(Name=name, Attributes=attributes, Tags=key_values(tags))["TopicArn"]
        return Made(arn, {"arn": arn, "name": name, "owner": arn.split(":")[4]})

    @staticmethod
    def update(call: Call, id_: str, *, tags: dict[str, str] | None = None, **inputs: Any) -> Outputs:
        """Change the topic; its subscriptions stay."""
        attributes = Topic.configuration(**inputs)
        if ("FifoTopic" in attributes) is not id_.endswith(".fifo"):
            raise MustReplace
        for name, value in attributes.items():
            if name != "FifoTopic":
                call.aws("sns").set_topic_attributes(TopicArn=id_, AttributeName=name, AttributeValue=value)
        call.aws("sns").tag_resource(ResourceArn=id_, Tags=key_values(tags))
        return {}

    @staticmethod
    def configuration(
        *,
        display_name: str | None = None,
        kms_master_key_id: str | None = None,
        policy: str | None = None,
        fifo_topic: bool | None = None,
        content_based_deduplication: bool | None = None,
        delivery_policy: str | None = None,
        signature_version: int | None = None,
        tracing_config: str | None = None,
    ) -> dict[str, str]:
        """Return the arguments for CreateTopic and SetTopicAttributes."""
        return texts(
            DisplayName=display_name,
            KmsMasterKeyId=kms_master_key_id,
            Policy=policy,
            FifoTopic=fifo_topic or None,
            ContentBasedDeduplication=content_based_deduplication,
            DeliveryPolicy=delivery_policy,
            SignatureVersion=signature_version,
            TracingConfig=tracing_config,
        )

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the topic with its subscriptions."""
        arn = id_ if id_.startswith("arn:") else call.arn("sns", id_)
        call.aws("sns").delete_topic(TopicArn=arn)


class TopicPolicy(ResourceHandler):
    """aws.sns.TopicPolicy."""

    token = "aws:sns/topicPolicy:TopicPolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, arn: str, policy: str) -> Made:
        """Set the topic's policy, which is deleted with its topic."""
        call.aws("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return Made(arn, {"owner": arn.split(":")[4]})


class TopicSubscription(ResourceHandler):
    """aws.sns.TopicSubscription."""

    token = "aws:sns/topicSubscription:TopicSubscription"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        topic: str,
        protocol: str,
        endpoint: str,
        raw_message_delivery: bool | None = None,
        filter_policy: str | None = None,
        filter_policy_scope: str | None = None,
        redrive_policy: str | None = None,
    ) -> Made:
        """Create the subscription. Outputs: arn, ownerId, pendingConfirmation."""
        attributes = texts(
            RawMessageDelivery=raw_message_delivery,
            FilterPolicy=filter_policy,
            FilterPolicyScope=filter_policy_scope,
            RedrivePolicy=redrive_policy,
        )
        arn = call.aws("sns").subscribe(
            TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        return Made(arn, {"arn": arn, "ownerId": topic.split(":")[4], "pendingConfirmation": False})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the subscription."""
        call.aws("sns").unsubscribe(SubscriptionArn=id_)
