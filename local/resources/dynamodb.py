"""DynamoDB tables, and items that a deployment puts there."""

import base64
import json
from typing import Any

from local.engine import Made, ResourceError
from local.resources.kind import Call, Kind, Outputs, key_values, present

TYPES = ("S", "N", "B", "BOOL")


class Table(Kind):
    """aws.dynamodb.Table."""

    token = "aws:dynamodb/table:Table"  # noqa: S105
    named = True

    @staticmethod
    def create(
        call: Call,
        *,
        billing_mode: str,
        hash_key: str,
        range_key: str,
        attributes: list[dict[str, str]],
        ttl: dict[str, Any],
        point_in_time_recovery: dict[str, Any],
        server_side_encryption: dict[str, Any],
        deletion_protection_enabled: bool = False,
        stream_enabled: bool = False,
        stream_view_type: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Outputs: arn, name, streamArn."""
        dynamodb, name = call.aws("dynamodb"), call.physical_name
        stream = {"StreamEnabled": True, "StreamViewType": stream_view_type} if stream_enabled else None
        table = dynamodb.create_table(
            TableName=name,
            BillingMode=billing_mode,
            KeySchema=[
                {"AttributeName": hash_key, "KeyType": "HASH"},
                {"AttributeName": range_key, "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": attribute["name"], "AttributeType": attribute["type"]} for attribute in attributes
            ],
            SSESpecification={
                "Enabled": server_side_encryption["enabled"],
                "SSEType": "KMS",
                "KMSMasterKeyId": server_side_encryption["kmsKeyArn"],
            },
            DeletionProtectionEnabled=deletion_protection_enabled,
            Tags=key_values(tags),
            **present(StreamSpecification=stream),
        )["TableDescription"]
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": ttl["enabled"], "AttributeName": ttl["attributeName"]},
        )
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": point_in_time_recovery["enabled"]},
        )
        outputs = {"name": name, "arn": table["TableArn"], "streamArn": table.get("LatestStreamArn", "")}
        return Made(name, outputs)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """With all its items."""
        call.aws("dynamodb").delete_table(TableName=id_)


class TableItem(Kind):
    """aws.dynamodb.TableItem."""

    token = "aws:dynamodb/tableItem:TableItem"  # noqa: S105

    @staticmethod
    def create(call: Call, *, table_name: str, hash_key: str, range_key: str, item: str) -> Made:
        """Refuses to overwrite, as AWS's provider does."""
        attributes = {name: _attribute(value) for name, value in json.loads(item).items()}
        call.aws("dynamodb").put_item(
            TableName=table_name, Item=attributes, ConditionExpression=f"attribute_not_exists({hash_key})"
        )
        key = {name: attributes[name] for name in (hash_key, range_key)}
        return Made(f"{table_name}|{call.name}", {"key": key})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """By its key."""
        call.aws("dynamodb").delete_item(TableName=id_.split("|")[0], Key=outputs["key"])


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB's JSON holds binaries in base64; boto3 wants their bytes."""
    ((kind, content),) = value.items()
    if kind not in TYPES:
        raise ResourceError(f"attributes of type {kind} are not handled")
    return {kind: base64.b64decode(content) if kind == "B" else content}
