"""The permissions of a role: statements of one inline policy, each named by its `Sid`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

READ_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
"""The rights of a function that Lambda feeds from a queue."""

Conditions = Mapping[str, Mapping[str, Any]]


class Policy:
    """The statements of a role's policy. Each `allow` adds one."""

    def __init__(self) -> None:
        self.statements: list[dict[str, Any]] = []

    @property
    def document(self) -> pulumi.Output[str]:
        """Return the policy as JSON."""
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": self.statements})

    def allow(
        self, sid: str, actions: Sequence[str], resource: pulumi.Input[str], conditions: Conditions | None = None
    ) -> None:
        """Allow exactly these actions on this resource. Raises `pulumi.RunError` for a `Sid` that is taken."""
        if any(statement["Sid"] == sid for statement in self.statements):
            raise pulumi.RunError(f"{sid}: the policy has a statement of this name already")
        statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
        self.statements.append({**statement, "Condition": conditions} if conditions else statement)

    def allow_items(
        self, sid: str, actions: Sequence[str], table_arn: pulumi.Input[str], partitions: Sequence[str]
    ) -> None:
        """Allow these actions on the items of these partitions; `*` stands for the rest of a partition key."""
        self.allow(sid, actions, table_arn, _of_partitions(partitions))

    def allow_index(self, sid: str, table_arn: pulumi.Input[str], index: str) -> None:
        """Allow queries of an index, which has only the attributes that it was given."""
        self.allow(sid, ["dynamodb:Query"], pulumi.Output.format("{0}/index/{1}", table_arn, index))

    def allow_scan(self, sid: str, table_arn: pulumi.Input[str], attributes: Sequence[str]) -> None:
        """Allow to scan the table for these attributes of its items, and no others.

        Source: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".
        """
        conditions: Conditions = {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": list(attributes)},
            "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
            "Null": {"dynamodb:Attributes": "false"},
        }
        self.allow(sid, ["dynamodb:Scan"], table_arn, conditions)

    def allow_attributes(
        self, sid: str, table_arn: pulumi.Input[str], partitions: Sequence[str], attributes: Sequence[str]
    ) -> None:
        """Allow updates of these attributes of items of these partitions, and no others.

        Source: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".
        """
        partitioned = _of_partitions(partitions)
        conditions = {
            **partitioned,
            "ForAllValues:StringEquals": {"dynamodb:Attributes": list(attributes)},
            "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]},
            "Null": {**partitioned["Null"], "dynamodb:Attributes": "false"},
        }
        self.allow(sid, ["dynamodb:UpdateItem"], table_arn, conditions)


Grant = Callable[[Policy], None]
"""A function that adds statements to a role's policy."""


def _of_partitions(partitions: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the condition of these partitions. `Null` refuses requests without a key, which `ForAllValues` allows.

    Source: IAM User Guide, "Set operators for multivalued context keys".
    """
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
