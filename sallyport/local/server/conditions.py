"""Condition keys that AWS evaluates and MiniStack does not know: they are read from the request and handed to its
policy evaluation, so that a condition that would refuse on AWS refuses here.

| key | of |
|---|---|
| `dynamodb:LeadingKeys` | the hash keys that a request or a query names, and of each item of a transaction |
| `dynamodb:Attributes` | the top-level attributes that an update or a scan names, in its key and its expressions |
| `dynamodb:Select` | what a scan or a query answers with |
| `dynamodb:ReturnValues` | what an update answers with |
| `kms:EncryptionContext:<name>` | Encrypt, Decrypt, GenerateDataKey |
| `ses:FromAddress` | SendEmail |
| `iam:PermissionsBoundary` | CreateRole, of the request; writes to a role, of the role |
| `lambda:FunctionArn` | event source mappings |
| `aws:RequestTag/<name>`, `aws:ResourceTag/<name>` | see `tags.py` |

MiniStack asks for some actions that AWS does not have: a batch of messages needs what one message needs.

Source: AWS Service Authorization Reference.
"""

import re
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, iam, lambda_svc

from sallyport.local.server import tags
from sallyport.local.server.request_body import as_object

SELECTED = "SPECIFIC_ATTRIBUTES"
AWS_ACTIONS = {
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
MAPPINGS, MAPPING_INPUT = "/event-source-mappings/", "EventSourceArn"
ITEM_MEMBERS = ("ConditionCheck", "Put", "Update", "Delete", "Get")

NAME = re.compile(r"(?<![\w:.#])[#A-Za-z_]\w*")
"""An attribute or its placeholder in an expression; not a value (`:x`), nor a nested attribute (`b` in `a.b`)."""
RESERVED = {
    "SET", "ADD", "REMOVE", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN", "ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS",
    "ATTRIBUTE_TYPE", "BEGINS_WITH", "CONTAINS", "SIZE", "IF_NOT_EXISTS", "LIST_APPEND",
}  # fmt: skip

Keys = dict[str, Any]

_request: ContextVar[Keys | None] = ContextVar("request", default=None)
_transaction: ContextVar[list[Keys] | None] = ContextVar("transaction", default=None)


def install() -> None:
    """Wrap MiniStack's policy evaluation, so that it gets these condition keys."""
    extract, enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce
    checks = iam_actions.dynamodb_transaction_checks

    def extract_resource_arn(service, method, path, headers, body, params, region, account):  # type: ignore[no-untyped-def]
        content = as_object(body)
        _transaction.set([])
        _request.set({**_conditions(service, path, body, content), **tags.of_request(service, body, content)})
        return extract(service, method, path, headers, body, params, region, account)

    def transaction_checks(action, body, region, account):  # type: ignore[no-untyped-def]
        found = checks(action, body, region, account)
        _transaction.set(_keys_of_items(as_object(body)) if found else [])
        return found

    def enforce_with_conditions(access_key, action, service, region, resource_arn="*", service_context=None):  # type: ignore[no-untyped-def]
        waiting = _transaction.get()
        known = waiting.pop(0) if waiting else _request.get() or {}
        known = {**known, **tags.of_resource(resource_arn), **(service_context or {})}
        return enforce(access_key, AWS_ACTIONS.get(action, action), service, region, resource_arn, known)

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.dynamodb_transaction_checks = transaction_checks
    iam_evaluator.enforce = enforce_with_conditions


def _conditions(service: str, path: str, body: bytes, content: Keys) -> Keys:
    match service:
        case "kms":
            context = content.get("EncryptionContext") or {}
            return {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        case "ses":
            return {"ses:FromAddress": content.get("FromEmailAddress", "")}
        case "dynamodb":
            return _of_dynamodb(content)
        case "lambda":
            return _of_mapping(path, content)
        case "iam":
            return _of_iam(parse_qs(body.decode(errors="replace")))
    return {}


def _of_mapping(path: str, content: Keys) -> Keys:
    """Return the function of the event source mapping that the path names, or that the request creates."""
    mapping = lambda_svc._esms.get(path.rpartition("/")[2]) if MAPPINGS in path else None
    if mapping:
        return {"lambda:FunctionArn": mapping["FunctionArn"]}
    is_new = MAPPING_INPUT in content
    return {"lambda:FunctionArn": _function_arn(content.get("FunctionName", ""))} if is_new else {}


def _function_arn(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name}"


def _of_iam(asked: dict[str, list[str]]) -> Keys:
    """Return the boundary of a role: the one that it is given, else the one that it has."""
    name = asked.get("RoleName", [""])[0]
    known = iam._roles.get(name) or {}
    boundary = asked.get("PermissionsBoundary", [known.get("PermissionsBoundary") or ""])[0]
    return {"iam:PermissionsBoundary": boundary} if boundary else {}


def _of_dynamodb(content: Keys) -> Keys:
    return {**_leading_keys(content), **_updated(content)}


def _updated(content: Keys) -> Keys:
    """Return the condition keys of UpdateItem, and of reads with a projection."""
    if "ProjectionExpression" in content:
        return {"dynamodb:Attributes": _named(content, content["ProjectionExpression"]), "dynamodb:Select": SELECTED}
    if "UpdateExpression" not in content:
        return {}
    written = f"{content['UpdateExpression']} {content.get('ConditionExpression', '')}"
    return {
        "dynamodb:Attributes": _named(content, written),
        "dynamodb:ReturnValues": content.get("ReturnValues", "NONE"),
    }


def _named(content: Keys, expressions: str) -> list[str]:
    """Return the attributes that the expressions and the key name."""
    names = content.get("ExpressionAttributeNames") or {}
    found = {names.get(word, word) for word in NAME.findall(expressions) if word.upper() not in RESERVED}
    return sorted(found | set(content.get("Key", {})))


def _leading_keys(content: Keys) -> Keys:
    """Return the leading keys of GetItem, PutItem, UpdateItem, DeleteItem, BatchGetItem and Query."""
    if "RequestItems" in content:
        keys = [
            _hash_value(table, key)
            for table, request in content["RequestItems"].items()
            for key in (request.get("Keys", []) if isinstance(request, dict) else [])
        ]
    elif "KeyConditionExpression" in content:
        keys = [_queried(content)]
    else:
        keys = [_hash_value(content.get("TableName", ""), content.get("Key") or content.get("Item") or {})]
    present = [key for key in keys if key]
    return {"dynamodb:LeadingKeys": present} if present else {}


def _keys_of_items(content: Keys) -> list[Keys]:
    """Return condition keys for each check that MiniStack makes of a transaction: by item, then by member."""
    return [
        _of_dynamodb(item[member])
        for item in content.get("TransactItems", [])
        for member in ITEM_MEMBERS
        if member in item
    ]


def _hash_value(table_name: str, item: Keys) -> str:
    value: str = next(iter(item.get(_hash_name(table_name), {"S": ""}).values()))
    return value


def _queried(content: Keys) -> str:
    """Return the hash key that a query names, of the table or of an index: `pk = :value`, in any place."""
    name = _hash_name(content.get("TableName", ""), content.get("IndexName"))
    names = content.get("ExpressionAttributeNames") or {}
    for left, right in re.findall(r"([#\w]+)\s*=\s*(:\w+)", content["KeyConditionExpression"]):
        if names.get(left, left) == name:
            value: str = next(iter(content.get("ExpressionAttributeValues", {}).get(right, {"S": ""}).values()))
            return value
    return ""


def _hash_name(table_name: str, index_name: str | None = None) -> str:
    table = dynamodb._tables.get(table_name) or {}
    indexes = {one["IndexName"]: one for one in table.get("GlobalSecondaryIndexes") or []}
    keys = indexes.get(index_name, table).get("KeySchema", [])
    return next((key["AttributeName"] for key in keys if key["KeyType"] == "HASH"), "")
