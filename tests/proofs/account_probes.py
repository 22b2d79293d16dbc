"""One use of each function of accounts and events on the deployed stack, to prove that every statement is needed."""

import base64
import gzip
import json
import secrets
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from contract.events import UserEnabled
from handlers.core.accounts import links, reconciliation
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.links import LinkPurpose
from handlers.store.event_log import LogEvents
from tests.proofs.mfa_probes import MfaProbes, mails_to
from tests.support.account import Account
from tests.support.handlers import PASSWORD, new_address

RECENT_SECONDS = 120
NEW_PASSWORD = "another long password of mine"


class AccountProbes(MfaProbes):
    """The probes. Each gets the removed statement, so that it can use the function where that is needed."""

    wait_seconds: float

    def me(self, _: str) -> bool:
        return self._get("/me", self._with_session()).status_code == 200

    def change_profile(self, _: str) -> bool:
        return self._send("PATCH", "/me", self._with_session(), {"name": "Ada"}) == 200

    def change_password(self, what: str) -> bool:
        account = self._with_session()
        account.sign_in()  # another session, which is ended
        if what in ("EncryptPasswords", "UpgradePassword"):
            self._outdated(account)
        body = {"password": NEW_PASSWORD, "current_password": PASSWORD}
        done = self._send("PUT", "/me/password", account, body) == 204
        return done and self._is_told(what, account, "Your password was changed")

    def change_email(self, _: str) -> bool:
        return self._send("PUT", "/me/email", self._with_session(), {"email": new_address()}) == 202

    def confirm_email(self, _: str) -> bool:
        account = self._with_session()
        return self._send("POST", "/me/email/confirm", account, self._mailed(account, new_address())) == 204

    def list_sessions(self, _: str) -> bool:
        return self._get("/me/sessions", self._with_session()).status_code == 200

    def end_sessions(self, _: str) -> bool:
        account = self._with_session()
        account.sign_in()
        one, others = f"/me/sessions/{'0' * 32}", "/me/sessions?others=true"
        return [self._send("DELETE", path, account) for path in (one, others)] == [204, 204]

    def delete_account(self, what: str) -> bool:
        account = self._with_session()
        done = self._send("DELETE", "/me", account) == 202
        return done and self._is_told(what, account, "Your account will be deleted")

    def undo(self, _: str) -> bool:
        return self._api.post("/undo", json={"token": self._token_of_change(self._with_session())}).status_code == 204

    def export_account(self, _: str) -> bool:
        return self._get("/me/export", self._with_session()).status_code == 200

    def orders_data(self, _: str) -> bool:
        events = [{"action": action, "iss": "https://example.com", "sub": "nobody"} for action in ("export", "erase")]
        return [self._invoked("orders-data", event) for event in events] == [[], []]

    def run_jobs(self, what: str) -> bool:
        """Do a change of an address, or the deletion of a user with Authy and a changed address."""
        if what in ("ChangePoolUser", "FindOwner", "ReadPepper", "SendMail"):
            account = self._with_session()
            old = account.user.address
            self._token_of_change(account)
            self._invoked("run-jobs", {})
            is_told = bool(mails_to(self._handlers, old, "Your address was changed"))
            jobs = {sk for pk, sk in self._handlers.keys() if pk == "jobs"}  # noqa: SIM118 a method
            return is_told and not any(account.user.id in sk for sk in jobs)
        account = self._account()
        self.with_authy(account)
        self._strengthen(account)
        self._token_of_change(account)
        self._invoked("run-jobs", {})
        self.plan_deletion(account.user.id)
        self._invoked("run-jobs", {})
        partitions = {partition for partition, _ in self._handlers.keys()}  # noqa: SIM118 a method
        left = {one for one in partitions if account.user.id in one and not one.startswith("limit#")}
        return left == {f"tombstone#{account.user.id}"}

    def reconcile(self, _: str) -> bool:
        """Mend a user who is not listed, an address and a session without a user, an abandoned enrolment at Authy."""
        user, gone = self._account().user, secrets.token_hex(16)
        abandoned = self._account()
        self.with_authy(abandoned)
        dynamodb, name = self._handlers.stack.aws("dynamodb"), self._handlers.environment["TABLE_NAME"]
        key = {"pk": {"S": f"user#{user.id}"}, "sk": {"S": "profile"}}
        dynamodb.update_item(TableName=name, Key=key, UpdateExpression="REMOVE initial")
        left = [
            {"pk": {"S": f"address#{gone}@example.com"}, "sk": {"S": "owner"}, "user_id": {"S": gone}},
            {"pk": {"S": f"sessions#{gone}"}, "sk": {"S": "session#1"}},
        ]
        for item in left:
            dynamodb.put_item(TableName=name, Item=item)
        factor = {"pk": {"S": f"factors#{abandoned.user.id}"}, "sk": {"S": "factor#authy"}}
        dynamodb.delete_item(TableName=name, Key=factor)
        first, second = (self._invoked("reconcile", {}) for _ in range(2))
        found = dict.fromkeys(reconciliation.Fault, 1)
        return all(first.get(kind, 0) >= count for kind, count in found.items()) and second == {}

    def notify_new_place(self, _: str) -> bool:
        account = self._with_session()
        detail = {"subject": account.user.id, "data": {"session_id": account.claims["sid"]}}
        self._invoked("notify-new-place", {"detail": detail})
        return bool(mails_to(self._handlers, account.user.address, "A new sign-in to your account"))

    def deliver_events(self, what: str) -> bool:
        subject = secrets.token_hex(16)
        if what == "QueueUndelivered":
            return self._queues_what_no_sink_takes(subject)
        heard = self._listen(subject)
        self._invoked("deliver-events", _subscription(subject))
        return self._until(lambda: bool(self._logged(subject))) and self._until(lambda: self._has_message(heard))

    def _with_session(self) -> Account:
        account = self._account()
        account.sign_in()
        return account

    def _send(self, method: str, path: str, account: Account, body: Any = None) -> int:
        return self._api.request(method, path, json=body, headers=account.bearer).status_code

    def _mailed(self, account: Account, address: str) -> dict[str, str]:
        """Begin a change of the address; return the proof."""
        begun = account.call("change_email", {"email": address})
        assert begun.status == 202, begun.text
        code = mails_to(self._handlers, address, "Your code")[-1].split("\n")[0].split(" ")[-1].rstrip(".")
        return {"challenge_id": begun.body["challenge_id"], "code": code}

    def _token_of_change(self, account: Account) -> str:
        """Change the address; return the token of the link that takes it back."""
        old = account.user.address
        assert account.call("confirm_email", self._mailed(account, new_address())).status == 204
        accounts = self._handlers.module("confirm_email").SERVICES
        (link,) = [one for one in accounts.accounts.links_of(account.user.id) if one.about == old]
        token, _ = links.make(accounts.pepper(), account.user.id, LinkPurpose.ADDRESS, old, link.created_at)
        return token

    def plan_deletion(self, user_id: str, later: int = -1) -> None:
        """Let the deletion of the user be due now, or in so many seconds."""
        services = self._handlers.module("delete_account").SERVICES
        now = int(time.time()) + later
        services.accounts.plan_deletion(
            services.directory.profile(user_id), Job(JobKind.DELETION, user_id, now, now), disabled=False
        )

    def _logged(self, subject: str) -> list[str]:
        group = self._handlers.stack.state.outputs["events_log_group"]
        logs, since = self._handlers.stack.aws("logs"), int((time.time() - RECENT_SECONDS) * 1000)
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        return [event["message"] for page in pages for event in page["events"] if subject in event["message"]]

    def _listen(self, subject: str) -> str:
        """Have the bus's events about this user sent to a queue; return its URL."""
        bus, name = self._handlers.environment["EVENT_BUS"], f"heard-{subject}"
        sqs, events = self._handlers.stack.aws("sqs"), self._handlers.stack.aws("events")
        url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"detail": {"subject": [subject]}}))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        return url

    def _has_message(self, url: str) -> bool:
        return bool(self._handlers.stack.aws("sqs").receive_message(QueueUrl=url).get("Messages"))

    def _queues_what_no_sink_takes(self, subject: str) -> bool:
        """With an event that no sink takes, because its time is none, the function must be able to queue."""
        answer = self._handlers.stack.aws("lambda").invoke(
            FunctionName=self._function_name("deliver-events"), Payload=json.dumps(_subscription(subject, time="never"))
        )
        return "FunctionError" not in answer

    def _invoked(self, function: str, event: Any) -> Any:
        answer = self._handlers.stack.aws("lambda").invoke(
            FunctionName=self._function_name(function), Payload=json.dumps(event)
        )
        return json.loads(answer["Payload"].read())

    def _function_name(self, function: str) -> str:
        entries = self._handlers.stack.functions().values()
        return next(entry.id for entry in entries if entry.name == f"{function}-function")

    def _until(self, act: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + self.wait_seconds
        while not (done := act()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return done


def _subscription(subject: str, **changes: str) -> dict[str, Any]:
    """Return the event by which CloudWatch Logs hands over a log line."""
    with redirect_stdout(StringIO()) as printed:
        LogEvents().emit(UserEnabled(), subject)
    line = json.dumps({**json.loads(printed.getvalue()), **changes})
    content = {"logEvents": [{"id": "1", "timestamp": 0, "message": line}]}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()}}
