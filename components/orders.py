"""Orders: the worked example of an application behind the gate. A table, a queue, a worker, and five routes."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.auth_api import AuthApi
from components.function import Function, FunctionArgs
from components.packaging import Package
from components.secret_store import SecretStore
from components.settings import Settings
from contract.orders import ORDERS

WORKER_SECONDS = 8
VISIBILITY_SECONDS = 6 * WORKER_SECONDS  # AWS Lambda Developer Guide, "Configuring a queue to use with Lambda"
MAX_RECEIVES = 3  # that guide says 5, against throttling; an order that fails is to be seen sooner
KEPT_SECONDS = 14 * 24 * 3600  # of dead letters: the most that SQS keeps
WAITING = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}}
READ_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
READ_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
NEEDS_LAYER = ("create_order", "change_order")  # they take bodies


class Orders(pulumi.ComponentResource):
    """Orders that are placed at once, or accepted and fulfilled later."""

    dead_letters_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        package: Package,
        secrets: SecretStore,
        auth_api: AuthApi,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Orders", name, None, opts)
        self._name = name
        self._settings = settings
        self._package = package
        self._secrets = secrets
        self.table = self._table()
        self.dead_letters = self._dead_letters()
        self.dead_letters_arn = self.dead_letters.arn
        self.queue = self._queue()
        self._only_from_the_queue()
        for route in ORDERS:
            auth_api.route(route, self._serving(route.handler))
        self._queueing()
        self._fulfilling()
        self.register_outputs({"table_name": self.table.name, "dead_letters_arn": self.dead_letters_arn})

    def _serving(self, handler: str) -> Function:
        """The function of a route, with what it may do to the table."""
        function = self._function(handler, {"ORDERS_TABLE_NAME": self.table.name})
        grants: dict[str, Sequence[tuple[str, Sequence[str], Sequence[str]]]] = {
            "create_order": [
                ("place", ["dynamodb:PutItem"], ["orders#*", "keys#*"]),
                ("recall", ["dynamodb:GetItem"], ["keys#*"]),
            ],
            "list_orders": [("list", ["dynamodb:Query"], ["orders#*"])],
            "show_order": [("find", ["dynamodb:GetItem"], ["orders#*"])],
            "change_order": [
                ("find", ["dynamodb:GetItem"], ["orders#*"]),
                ("change", ["dynamodb:UpdateItem"], ["orders#*"]),
            ],
            "cancel_order": [("cancel", ["dynamodb:DeleteItem"], ["orders#*"])],
        }
        for what, actions, partitions in grants[handler]:
            self._grant(function, what, actions, partitions)
        self._secrets.grant_table(function, self.table.name)
        return function

    def _queueing(self) -> None:
        """From the stream to the queue."""
        function = self._function("queue_orders", {"ORDERS_QUEUE_URL": self.queue.url})
        function.allow("read-stream", READ_STREAM, self.table.stream_arn)
        function.allow("send", ["sqs:SendMessage"], self.queue.arn)
        self._secrets.grant_table(function, self.table.name)
        aws.lambda_.EventSourceMapping(
            f"{self._name}-stream",
            event_source_arn=self.table.stream_arn,
            function_name=function.name,
            starting_position="TRIM_HORIZON",
            batch_size=100,
            filter_criteria={"filters": [{"pattern": json.dumps(WAITING)}]},
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=function.grants),
        )

    def _fulfilling(self) -> None:
        """From the queue to the worker."""
        function = self._function("fulfil_orders", {"ORDERS_TABLE_NAME": self.table.name})
        function.allow("read-queue", READ_QUEUE, self.queue.arn)
        self._grant(function, "find", ["dynamodb:GetItem"], ["orders#*"])
        self._grant(function, "decide", ["dynamodb:UpdateItem"], ["orders#*"])
        self._secrets.grant_table(function, self.table.name)
        aws.lambda_.EventSourceMapping(
            f"{self._name}-work",
            event_source_arn=self.queue.arn,
            function_name=function.name,
            batch_size=10,
            function_response_types=["ReportBatchItemFailures"],
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=function.grants),
        )

    def _function(self, handler: str, environment: dict[str, pulumi.Input[str]]) -> Function:
        args = FunctionArgs(
            handler=handler,
            package=self._package,
            settings=self._settings,
            log_key_arn=self._secrets.key_arn,
            environment=environment,
            libraries="base" if handler in NEEDS_LAYER else "none",
            timeout_seconds=WORKER_SECONDS,
        )
        return Function(handler.replace("_", "-"), args, pulumi.ResourceOptions(parent=self))

    def _grant(self, function: Function, what: str, actions: Sequence[str], partitions: Sequence[str]) -> None:
        function.allow_items(what, actions, self.table.arn, partitions)

    def _table(self) -> aws.dynamodb.Table:
        return aws.dynamodb.Table(
            f"{self._name}-table",
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            ttl={"attribute_name": "expires_at", "enabled": True},
            stream_enabled=True,
            stream_view_type="NEW_IMAGE",
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": self._secrets.key_arn},
            deletion_protection_enabled=self._settings.retain,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._settings.retain),
        )

    def _dead_letters(self) -> aws.sqs.Queue:
        return aws.sqs.Queue(
            f"{self._name}-dead-letters",
            message_retention_seconds=KEPT_SECONDS,
            sqs_managed_sse_enabled=True,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _queue(self) -> aws.sqs.Queue:
        redrive = {"deadLetterTargetArn": self.dead_letters.arn, "maxReceiveCount": MAX_RECEIVES}
        return aws.sqs.Queue(
            f"{self._name}-queue",
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(redrive),
            sqs_managed_sse_enabled=True,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _only_from_the_queue(self) -> None:
        """No other queue may leave its dead letters here."""
        allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [self.queue.arn]}
        aws.sqs.RedriveAllowPolicy(
            f"{self._name}-dead-letters-source",
            queue_url=self.dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(allowed),
            opts=pulumi.ResourceOptions(parent=self),
        )
