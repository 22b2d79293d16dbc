"""DynamoDB tables, and items that a deployment creates."""

import base64
import json
from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, MustReplace, Outputs, ResourceHandler, key_values, present

PROVISIONED = "PROVISIONED"


class Table(ResourceHandler):
    """aws.dynamodb.Table."""

    token = "aws:dynamodb/table:Table"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Create the table. Outputs: arn, name, streamArn, streamLabel."""
        dynamodb, name = call.aws("dynamodb"), call.physical_name
        wanted = Table.configuration(**inputs)
        dynamodb.create_table(TableName=name, **wanted["table"])
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        _switch(call, name, wanted)
        return Made(name, {"name": name, **_addresses(call, name)})

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Change the table; items stay. Raises `MustReplace` if the keys or local indexes change."""
        dynamodb, wanted = call.aws("dynamodb"), Table.configuration(**inputs)
        now, table = dynamodb.describe_table(TableName=id_)["Table"], wanted["table"]
        if now["KeySchema"] != table["KeySchema"] or _indexes(now, "Local") != _indexes(table, "Local"):
            raise MustReplace
        changes: dict[str, Any] = {"DeletionProtectionEnabled": table["DeletionProtectionEnabled"]}
        if table["BillingMode"] != now.get("BillingModeSummary", {}).get("BillingMode", PROVISIONED):
            changes |= {name: table[name] for name in ("BillingMode", "ProvisionedThroughput") if name in table}
        dynamodb.update_table(TableName=id_, **changes)
        _switch_stream(call, id_, now, table)
        _change_indexes(call, id_, now, table)
        _switch(call, id_, wanted)
        if table["Tags"]:
            dynamodb.tag_resource(ResourceArn=now["TableArn"], Tags=table["Tags"])
        return _addresses(call, id_)

    @staticmethod
    def configuration(
        *,
        attributes: list[dict[str, str]],
        hash_key: str,
        range_key: str | None = None,
        billing_mode: str = PROVISIONED,
        read_capacity: int | None = None,
        write_capacity: int | None = None,
        global_secondary_indexes: list[dict[str, Any]] | None = None,
        local_secondary_indexes: list[dict[str, Any]] | None = None,
        ttl: dict[str, Any] | None = None,
        point_in_time_recovery: dict[str, Any] | None = None,
        server_side_encryption: dict[str, Any] | None = None,
        deletion_protection_enabled: bool = False,
        stream_enabled: bool = False,
        stream_view_type: str | None = None,
        table_class: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return `table` for CreateTable; the other members are for calls of their own."""
        capacity = _capacity(billing_mode, read_capacity, write_capacity)
        global_ = [_global_index(one, billing_mode) for one in global_secondary_indexes or []]
        local = [_index(one, hash_key) for one in local_secondary_indexes or []]
        stream = {"StreamEnabled": True, "StreamViewType": stream_view_type} if stream_enabled else None
        table = {
            "BillingMode": billing_mode,
            "KeySchema": _key_schema(hash_key, range_key),
            "AttributeDefinitions": [
                {"AttributeName": attribute["name"], "AttributeType": attribute["type"]} for attribute in attributes
            ],
            "DeletionProtectionEnabled": deletion_protection_enabled,
            "Tags": key_values(tags),
            **capacity,
            **present(
                StreamSpecification=stream,
                SSESpecification=server_side_encryption and _encryption(server_side_encryption),
                GlobalSecondaryIndexes=global_ or None,
                LocalSecondaryIndexes=local or None,
                TableClass=table_class,
            ),
        }
        return {"table": table, "ttl": ttl, "point_in_time_recovery": point_in_time_recovery}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the table with all its items."""
        call.aws("dynamodb").delete_table(TableName=id_)


def _addresses(call: Call, name: str) -> Outputs:
    table = call.aws("dynamodb").describe_table(TableName=name)["Table"]
    stream = {"streamArn": table.get("LatestStreamArn", ""), "streamLabel": table.get("LatestStreamLabel", "")}
    return {"arn": table["TableArn"], **stream}


def _switch(call: Call, name: str, wanted: dict[str, Any]) -> None:
    """Set the options that have AWS calls of their own; point-in-time recovery is off unless given."""
    dynamodb = call.aws("dynamodb")
    ttl, recovery = wanted["ttl"], wanted["point_in_time_recovery"] or {"enabled": False}
    if ttl and ttl.get("attributeName"):
        setting = {"Enabled": ttl.get("enabled", True), "AttributeName": ttl["attributeName"]}
        now = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if (now["TimeToLiveStatus"] == "ENABLED") != setting["Enabled"]:
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery["enabled"]}
    )


def _switch_stream(call: Call, name: str, now: dict[str, Any], table: dict[str, Any]) -> None:
    """Change the stream; another view needs a new stream."""
    known = now.get("StreamSpecification") or {"StreamEnabled": False}
    wanted = table.get("StreamSpecification") or {"StreamEnabled": False}
    if known == wanted:
        return
    if known["StreamEnabled"]:
        call.aws("dynamodb").update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    if wanted["StreamEnabled"]:
        call.aws("dynamodb").update_table(TableName=name, StreamSpecification=wanted)


def _change_indexes(call: Call, name: str, now: dict[str, Any], table: dict[str, Any]) -> None:
    """Change the global indexes in one call each, as AWS requires."""
    known, wanted = _indexes(now, "Global"), _indexes(table, "Global")
    gone = [{"Delete": {"IndexName": one}} for one in known if wanted.get(one) != known[one]]
    fresh = [{"Create": one} for one in table.get("GlobalSecondaryIndexes", []) if known.get(one["IndexName"]) is None]
    again = [
        {"Create": one}
        for one in table.get("GlobalSecondaryIndexes", [])
        if one["IndexName"] in known and wanted[one["IndexName"]] != known[one["IndexName"]]
    ]
    for change in (*gone, *fresh, *again):
        call.aws("dynamodb").update_table(
            TableName=name,
            AttributeDefinitions=table["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[change],
        )


def _indexes(table: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return index name → key schema and projection."""
    found = table.get(f"{kind}SecondaryIndexes") or []
    return {one["IndexName"]: (one["KeySchema"], one["Projection"]) for one in found}


def _key_schema(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else keys


def _index(one: dict[str, Any], hash_key: str) -> dict[str, Any]:
    projection = {
        "ProjectionType": one["projectionType"],
        **present(NonKeyAttributes=one.get("nonKeyAttributes")),
    }
    keys = _key_schema(hash_key, one.get("rangeKey"))
    return {"IndexName": one["name"], "KeySchema": keys, "Projection": projection}


def _global_index(one: dict[str, Any], billing_mode: str) -> dict[str, Any]:
    capacity = _capacity(billing_mode, one.get("readCapacity"), one.get("writeCapacity"))
    return {**_index(one, one["hashKey"]), **capacity}


def _capacity(billing_mode: str, read: int | None, write: int | None) -> dict[str, Any]:
    if billing_mode != PROVISIONED:
        return {}
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read or 1, "WriteCapacityUnits": write or 1}}


def _encryption(given: dict[str, Any]) -> dict[str, Any]:
    if not given["enabled"]:
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": "KMS", **present(KMSMasterKeyId=given.get("kmsKeyArn"))}


class TableItem(ResourceHandler):
    """aws.dynamodb.TableItem."""

    token = "aws:dynamodb/tableItem:TableItem"  # noqa: S105

    @staticmethod
    def create(call: Call, *, table_name: str, hash_key: str, item: str, range_key: str | None = None) -> Made:
        """Create the item. Fails if it exists, as AWS's provider does."""
        attributes = {name: _attribute(value) for name, value in json.loads(item).items()}
        call.aws("dynamodb").put_item(
            TableName=table_name,
            Item=attributes,
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": hash_key},
        )
        key = {name: attributes[name] for name in (hash_key, range_key) if name}
        return Made(f"{table_name}|{call.name}", {"key": key})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the item."""
        call.aws("dynamodb").delete_item(TableName=id_.split("|")[0], Key=outputs["key"])


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    """Return the attribute for boto3, which takes bytes where DynamoDB's JSON has base64."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            content = base64.b64decode(content)
        case "BS":
            content = [base64.b64decode(one) for one in content]
        case "L":
            content = [_attribute(one) for one in content]
        case "M":
            content = {name: _attribute(one) for name, one in content.items()}
    return {kind: content}
