"""Orders: the worked example of an application behind the authorizer, with a table, a queue, a worker, five routes."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.auth_api import AuthApi
from components.directory_table import DELETE, GET, PUT, QUERY, UPDATE
from components.function import Function, FunctionArgs, Functions
from components.policy import READ_QUEUE, Grant, Policy
from components.secret_store import SecretStore
from components.settings import Settings
from contract.orders import table
from contract.orders.routes import ORDERS
from contract.route import Route

WORKER_SECONDS = 8
VISIBILITY_SECONDS = 6 * WORKER_SECONDS  # AWS Lambda Developer Guide, "Configuring a queue to use with Lambda"
MAX_RECEIVES = 3  # that guide says 5, against throttling; an order that fails is to be seen sooner
KEPT_SECONDS = 14 * 24 * 3600  # of dead letters: the most that SQS keeps
WAITING = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}}
READ_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
BACKGROUND = ("orders/queue_orders", "orders/fulfil_orders")
WITHOUT_LAYER = ("orders/queue_orders",)


class Orders(pulumi.ComponentResource):
    """The resources of the orders API. Orders are placed at once, or accepted and fulfilled later."""

    dead_letters_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        functions: Functions,
        secrets: SecretStore,
        auth_api: AuthApi,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Orders", name, None, opts)
        self._name = name
        self._settings = settings
        self._functions = functions
        self._secrets = secrets
        self._auth_api = auth_api
        self.table = self._table()
        self.dead_letters = self._dead_letters()
        self.dead_letters_arn = self.dead_letters.arn
        self.queue = self._queue()
        functions.watched.tables[name] = self.table.name
        functions.watched.dead_letters[f"{name}-dead-letters"] = self.dead_letters.name
        self._only_from_the_queue()
        for route in ORDERS.routes:
            self._serve(route)
        self._queue_orders()
        self._fulfil_orders()
        auth_api.keeps_personal_data("orders", self._data())
        self.register_outputs({"table_name": self.table.name, "dead_letters_arn": self.dead_letters_arn})

    def _serve(self, route: Route) -> None:
        """Serve a route with its function."""
        grants: dict[str, Grant] = {
            "create_order": self._grant_place,
            "list_orders": lambda policy: self._allow(policy, "ListOrders", [QUERY], table.ORDERS),
            "show_order": lambda policy: self._allow(policy, "FindOrder", [GET], table.ORDERS),
            "change_order": self._grant_change,
            "cancel_order": lambda policy: self._allow(policy, "CancelOrder", [DELETE], table.ORDERS),
        }
        self._auth_api.route(route, self._function(route.handler, self._of_table, grants[route.function]))

    def _queue_orders(self) -> None:
        """Declare the function that takes orders from the table's stream to the queue."""
        function = self._function("orders/queue_orders", {"ORDERS_QUEUE_URL": self.queue.url}, self._grant_queue)
        self._functions.watched.stream_readers["queue-orders"] = function.name
        aws.lambda_.EventSourceMapping(
            f"{self._name}-stream",
            event_source_arn=self.table.stream_arn,
            function_name=function.name,
            starting_position="TRIM_HORIZON",
            batch_size=100,
            filter_criteria={"filters": [{"pattern": json.dumps(WAITING)}]},
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function.policy]),
        )

    def _fulfil_orders(self) -> None:
        """Declare the worker of the queue."""
        function = self._function("orders/fulfil_orders", self._of_table, self._grant_fulfil)
        aws.lambda_.EventSourceMapping(
            f"{self._name}-work",
            event_source_arn=self.queue.arn,
            function_name=function.name,
            batch_size=10,
            function_response_types=["ReportBatchItemFailures"],
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function.policy]),
        )

    def _data(self) -> Function:
        """Return the function that exports and erases a user's orders."""
        return self._function("orders/orders_data", self._of_table, self._grant_data)

    def _function(self, handler: str, environment: dict[str, pulumi.Input[str]], grant: Grant) -> Function:
        args = FunctionArgs(
            handler=handler,
            environment=environment,
            grants=(grant, self._grant_table_key),
            libraries="none" if handler in WITHOUT_LAYER else "base",
            timeout_seconds=WORKER_SECONDS,
            is_background=handler in BACKGROUND,
        )
        return self._functions.create(args, pulumi.ResourceOptions(parent=self))

    @property
    def _of_table(self) -> dict[str, pulumi.Input[str]]:
        return {"ORDERS_TABLE_NAME": self.table.name}

    def _grant_place(self, policy: Policy) -> None:
        self._allow(policy, "PlaceOrder", [PUT], table.ORDERS, table.IDEMPOTENCY_KEYS)
        self._allow(policy, "RecallOrder", [GET], table.IDEMPOTENCY_KEYS)

    def _grant_change(self, policy: Policy) -> None:
        self._allow(policy, "FindOrder", [GET], table.ORDERS)
        self._allow(policy, "ChangeOrder", [UPDATE], table.ORDERS)

    def _grant_queue(self, policy: Policy) -> None:
        policy.allow("ReadStream", READ_STREAM, self.table.stream_arn)
        policy.allow("SendToQueue", ["sqs:SendMessage"], self.queue.arn)

    def _grant_fulfil(self, policy: Policy) -> None:
        policy.allow("ReadQueue", READ_QUEUE, self.queue.arn)
        self._allow(policy, "FindOrder", [GET], table.ORDERS)
        self._allow(policy, "DecideOrder", [UPDATE], table.ORDERS)

    def _grant_data(self, policy: Policy) -> None:
        self._allow(policy, "OrdersOfUser", [QUERY, DELETE], table.ORDERS, table.IDEMPOTENCY_KEYS)

    def _grant_table_key(self, policy: Policy) -> None:
        self._secrets.grant_table_key(policy, self.table.name)

    def _allow(self, policy: Policy, sid: str, actions: Sequence[str], *prefixes: str) -> None:
        policy.allow_items(sid, actions, self.table.arn, [f"{prefix}*" for prefix in prefixes])

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
        """Refuse the dead letters of every other queue."""
        allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [self.queue.arn]}
        aws.sqs.RedriveAllowPolicy(
            f"{self._name}-dead-letters-source",
            queue_url=self.dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(allowed),
            opts=pulumi.ResourceOptions(parent=self),
        )
