"""Accounts: the export of an account, and the functions that work for accounts in the background."""

import json

import pulumi
import pulumi_aws as aws

from components.auth_api import AuthApi
from components.directory_table import BATCH_GET, DELETE, GET, PUT, QUERY, UPDATE
from components.events import Events
from components.function import Function, FunctionArgs, Functions, Variables
from components.mail import Mail
from components.mfa import MAIL, PROVIDER_MEMORY_MB, Mfa
from components.policy import Grant, Policy
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory
from components.website import Website
from contract import events, table
from contract.account import EXPORT

JOBS_SECONDS = 60
JOBS_SCHEDULE = "rate(15 minutes)"
RECONCILE_SECONDS = 900
RECONCILE_SCHEDULE = "rate(1 day)"
SCANNED = ("pk", "sk", "user_id", "email", "initial", "accounts")
"""What the reconciler may read of all items: keys, addresses and Authy's links, no password, secret or session."""
POOL_ACTIONS = [
    f"cognito-idp:Admin{action}"
    for action in ("UpdateUserAttributes", "DeleteUser", "SetUserPassword", "UserGlobalSignOut")
]
LEAVE_A_JOB = (events.AddressChanged, events.AddressChangeUndone, events.DeletionRequested)


class Accounts(pulumi.ComponentResource):
    """The export of an account, the jobs, and the notice of new places. Created after the applications."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        functions: Functions,
        secrets: SecretStore,
        directory: UserDirectory,
        stack_events: Events,
        mfa: Mfa,
        mail: Mail | None,
        auth_api: AuthApi,
        website: Website,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Accounts", name, None, opts)
        self._name = name
        self._settings = settings
        self._functions = functions
        self._secrets = secrets
        self._table = directory.table
        self._pool = directory.pool
        self._events = stack_events
        self._mfa = mfa
        self._mail = mail
        self._applications = auth_api.personal_data
        self._site_url = website.url
        self.environment: Variables = {
            **mfa.environment,
            **mfa.sender,
            "API_ADDRESS": auth_api.api.address,
            "APPLICATIONS": pulumi.Output.json_dumps({key: one.name for key, one in self._applications.items()}),
        }
        auth_api.route(EXPORT, self._create("account/export_account", self._grant_export, PROVIDER_MEMORY_MB))
        self._run_jobs()
        self._reconcile()
        if mail:
            self._notify_new_place()
        self.register_outputs({})

    def grant_erase(self, policy: Policy) -> None:
        """Allow to delete all data of a user: in the directory, at Authy, in applications."""
        erased = (table.SESSIONS, table.SPENT, table.LINKS, table.PLACES, table.CREDENTIAL)
        self._table.grant_items(policy, "EraseUser", [QUERY, DELETE], *erased)
        self._table.grant_items(policy, "EraseOwner", [DELETE], table.ADDRESS, table.USER)
        self._table.grant_items(policy, "LeaveTombstone", [PUT], table.TOMBSTONE)
        self._mfa.grant_remove(policy)
        self._grant_applications(policy)

    def _run_jobs(self) -> None:
        environment: Variables = {**self.environment, "USER_POOL_ID": self._pool.id, "SITE_URL": self._site_url}
        function = self._create("events/run_jobs", self._grant_jobs, PROVIDER_MEMORY_MB, environment, JOBS_SECONDS)
        self._invoke_on("jobs-schedule", function, schedule=JOBS_SCHEDULE)
        self._invoke_on("jobs", function, pattern={"detail-type": [one.type for one in LEAVE_A_JOB]})

    def _reconcile(self) -> None:
        function = self._create("events/reconcile", self._grant_reconcile, timeout_seconds=RECONCILE_SECONDS)
        self._invoke_on("reconcile", function, schedule=RECONCILE_SCHEDULE)

    def _notify_new_place(self) -> None:
        environment: Variables = {**self.environment, "SITE_URL": self._site_url}
        function = self._create("events/notify_new_place", self._grant_notify, environment=environment)
        new_place = {"data": {"is_new_place": [True]}}
        pattern: dict[str, object] = {"detail-type": [events.SessionStarted.type], "detail": new_place}
        self._invoke_on("new-place", function, pattern=pattern)

    def _invoke_on(
        self, what: str, function: Function, *, pattern: dict[str, object] | None = None, schedule: str | None = None
    ) -> None:
        """Invoke a function on events of this pattern, or on a schedule, which belongs to the default bus."""
        bus = {} if pattern is None else {"event_bus_name": self._events.bus_name}
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-{what}",
            event_pattern=json.dumps({"source": [events.SOURCE], **pattern}) if pattern else None,
            schedule_expression=schedule,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
            **bus,  # type: ignore[arg-type]
        )
        permission = function.allow_invoke(what, "events", rule.arn)
        aws.cloudwatch.EventTarget(
            f"{self._name}-{what}-target",
            rule=rule.name,
            arn=function.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
            **bus,  # type: ignore[arg-type]
        )

    def _grant_export(self, policy: Policy) -> None:
        read = (table.USER, table.SESSIONS, table.PLACES)
        self._table.grant_items(policy, "ReadUserAndSessions", [GET, BATCH_GET], *read)
        self._table.grant_items(policy, "ReadAll", [QUERY], table.SESSIONS, table.FACTORS, table.LINKS)
        self._grant_applications(policy)

    def _grant_jobs(self, policy: Policy) -> None:
        self._table.grant_items(policy, "DoJobs", [QUERY, PUT, UPDATE, DELETE], table.JOBS)
        self._table.grant_items(policy, "FindOwner", [GET], table.ADDRESS)
        self._table.grant_items(policy, "ReadUser", [GET], table.USER)
        self._table.grant_change_user(policy, "epoch", "disabled", "deleting", "delete_at", "second_factors")
        self.grant_erase(policy)
        policy.allow("ChangePoolUser", POOL_ACTIONS, self._pool.pool.arn)
        self._secrets.grant_pepper(policy)

    def _grant_reconcile(self, policy: Policy) -> None:
        of_user = (table.SESSIONS, table.SPENT, table.LINKS, table.PLACES, table.CREDENTIAL, table.FACTORS)
        policy.allow_scan("ScanKeys", self._table.arn, SCANNED)
        self._table.grant_items(policy, "FindUsers", [BATCH_GET], table.USER)
        self._table.grant_items(policy, "LookAgain", [GET], table.USER, table.FACTORS)
        self._mfa.grant_forget_authy(policy)
        self._table.grant_items(policy, "DeleteLeftovers", [DELETE], table.ADDRESS, *of_user)
        self._table.grant_change_user(policy, "initial", "email")

    def _grant_notify(self, policy: Policy) -> None:
        self._table.grant_items(policy, "ReadSession", [BATCH_GET], table.USER, table.SESSIONS)
        self._table.grant_items(policy, "CountMail", [UPDATE], MAIL)
        self._table.grant_items(policy, "LeaveLink", [PUT], table.LINKS)
        self._secrets.grant_pepper(policy)
        if self._mail:
            self._mail.grant_send(policy)

    def _grant_applications(self, policy: Policy) -> None:
        for name, function in self._applications.items():
            policy.allow(f"Invoke{name.capitalize()}", ["lambda:InvokeFunction"], function.arn)

    def _create(
        self,
        handler: str,
        grant: Grant,
        memory_mb: int = PROVIDER_MEMORY_MB,
        environment: Variables | None = None,
        timeout_seconds: int = 15,
    ) -> Function:
        args = FunctionArgs(
            handler=handler,
            environment=environment or self.environment,
            grants=(grant, self._table.grant_key),
            memory_mb=memory_mb,
            timeout_seconds=timeout_seconds,
            libraries="factors",
            is_background=handler.startswith("events/"),
        )
        return self._functions.create(args, pulumi.ResourceOptions(parent=self))
