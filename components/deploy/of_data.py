"""The rights to deploy tables, buckets and topics. Sources: as of `of_functions`."""

from components.deploy.scope import Conditions, Scope, Statement, allow
from components.directory_table import DECOY_USER_ID
from contract import table


def statements(scope: Scope) -> list[Statement]:
    """Return the statements of the policy `data`."""
    return [*_tables(scope), *_buckets(scope), *_topics(scope)]


def _tables(scope: Scope) -> list[Statement]:
    decoy = [f"{table.USER}{DECOY_USER_ID}", f"{table.CREDENTIAL}{DECOY_USER_ID}"]
    of_decoy: Conditions = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": decoy},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    change = ["CreateTable", "DeleteTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"]
    read = ["DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive", "ListTagsOfResource"]
    item = ["DeleteItem", "GetItem", "PutItem", "UpdateItem"]
    return [
        allow(
            "KeepTables",
            "dynamodb",
            [*change, *read, "TagResource", "UntagResource"],
            scope.named("dynamodb", "table/"),
        ),
        allow(
            "WriteDecoy", "dynamodb", item, scope.arn("dynamodb", f"table/{scope.prefix}-directory-table-*"), of_decoy
        ),
    ]


def _buckets(scope: Scope) -> list[Statement]:
    buckets = f"arn:aws:s3:::{scope.prefix}-site-*"
    of_bucket = ["Policy", "PublicAccessBlock", "OwnershipControls", "Tagging"]
    lifecycle = ["GetLifecycleConfiguration", "PutLifecycleConfiguration", "DeleteBucketPolicy"]
    whole = ["CreateBucket", "DeleteBucket", "ListBucket", "ListBucketVersions", "ListTagsForResource", "TagResource"]
    # terraform-provider-aws reads all settings of a bucket, also those that the program does not use.
    read = [
        *(
            f"GetBucket{what}"
            for what in ("Acl", "CORS", "Location", "Logging", "RequestPayment", "Versioning", "Website")
        ),
        *("GetAccelerateConfiguration", "GetBucketObjectLockConfiguration", "GetEncryptionConfiguration"),
        *("GetReplicationConfiguration", "UntagResource"),
    ]
    settings = [f"{verb}Bucket{what}" for what in of_bucket for verb in ("Get", "Put")]
    files = [
        "AbortMultipartUpload",
        "DeleteObject",
        "DeleteObjectVersion",
        "GetObject",
        "GetObjectTagging",
        "PutObject",
    ]
    return [
        allow("KeepBuckets", "s3", [*whole, *settings, *lifecycle, *read], buckets),
        allow("WriteSite", "s3", [*files, "PutObjectTagging"], f"{buckets}/*"),
        allow("LetCloudFrontLog", "s3", ["PutBucketAcl"], f"arn:aws:s3:::{scope.prefix}-site-logs-*"),
    ]


def _topics(scope: Scope) -> list[Statement]:
    topic = ["CreateTopic", "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "Subscribe"]
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    return [
        allow("KeepTopic", "sns", [*topic, *tags], scope.named("sns")),
        allow(
            "KeepSubscription", "sns", ["GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"], "*"
        ),
    ]
