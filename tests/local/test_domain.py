"""A stack on this machine that gets a domain: another issuer, nobody signed out, nothing past the distribution.

It gets monitoring too.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import Clients
from tests.local.test_cloud import Terminal, free_port, sign_up
from tests.support import project_copy

DOMAIN = "sign-in.example.com"
ISSUER = f"https://{DOMAIN}/api"
KEYS = "/api/.well-known/jwks.json"
METADATA = (
    "/api/.well-known/openid-configuration",
    "/api/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/api",
)


@dataclass
class Living:
    """A stack that has got a domain, and what Ada had before: the API's own address, tokens, an order."""

    stack: LocalStack
    address: str
    tokens: dict[str, Any]

    def ask(self, path: str, method: str = "GET", tokens: dict[str, Any] | None = None, json: Any = None) -> Any:
        """Return the domain's answer."""
        headers = {"host": DOMAIN, **(bearer(tokens) if tokens else {})}
        return httpx.request(method, f"{self.stack.cloud.url}{path}", headers=headers, json=json, timeout=60)

    @property
    def aws(self) -> Clients:
        return Clients(self.stack.cloud.url, self.stack.cloud.keys)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    folder = tmp_path_factory.mktemp("domain")
    copy = project_copy.copy(folder / "copy")
    terminal = Terminal(folder / "home", copy)
    try:
        done = terminal.run("up", "--detach", "--port", str(free_port()))
        assert done.returncode == 0, done.stderr
        address, ada = sign_up(terminal)
        tokens = httpx.post(f"{address}/signin", json=ada, timeout=60).json()
        order = {"restaurant_id": "trattoria", "quantity": 2}
        assert httpx.post(f"{address}/orders", json=order, headers=bearer(tokens), timeout=60).status_code == 201
        living = Living(terminal.stack, address, tokens)
        set_domain(living, terminal, copy / "Pulumi.local.yaml")
        yield living
    finally:
        terminal.stack.stop()


def set_domain(living: Living, terminal: Terminal, stage: Path) -> None:
    zone = living.aws("route53").create_hosted_zone(Name="example.com", CallerReference="once")["HostedZone"]["Id"]
    settings = {"domain": DOMAIN, "hostedZoneId": zone.rpartition("/")[2], "webAcl": "true", "monitoring": "true"}
    kept = stage.read_text().replace("  sallyport:monitoring: false\n", "")
    stage.write_text(kept + "".join(f"  sallyport:{name}: {value}\n" for name, value in settings.items()))
    done = terminal.run("up", "--detach")
    assert done.returncode == 0, done.stderr


def test_nobody_is_signed_out(living: Living) -> None:
    assert issuer_of(living.tokens) == living.address
    orders = living.ask("/api/orders", tokens=living.tokens).json()["orders"]

    fresh = living.ask("/api/refresh", "POST", json={"refresh_token": living.tokens["refresh_token"]}).json()

    assert issuer_of(fresh) == ISSUER
    assert [one["restaurant_id"] for one in orders] == ["trattoria"]
    assert living.ask("/api/orders", tokens=fresh).json()["orders"] == orders
    kid, keys = jwt.get_unverified_header(fresh["access_token"])["kid"], living.ask(KEYS).json()["keys"]
    jwt.decode(fresh["access_token"], jwt.PyJWKSet(keys)[kid], ["RS256"], audience="sallyport-local", issuer=ISSUER)


def test_the_site_publishes_metadata_and_keys_without_a_function(living: Living) -> None:
    outputs = living.stack.state.outputs

    assert outputs["issuer"] == outputs["api_url"] == ISSUER
    assert outputs["jwks_url"] == f"https://{DOMAIN}{KEYS}"
    assert {living.ask(path).json()["issuer"] for path in METADATA} == {ISSUER}
    keys = living.ask(KEYS)
    assert (keys.headers["cache-control"], "etag" in keys.headers) == ("public, max-age=300", True)
    assert keys.json() == httpx.get(f"{living.address}/.well-known/jwks.json", timeout=60).json()


def test_past_the_distribution_a_former_issuer_answers_alone(living: Living) -> None:
    metadata = httpx.get(f"{living.address}/.well-known/openid-configuration", timeout=60)

    assert httpx.post(f"{living.address}/signin", json={}, timeout=60).status_code == 403
    assert metadata.json()["issuer"] == living.address
    assert "<title>" in living.ask("/").text
    other = httpx.get(living.stack.cloud.url, headers={"host": "else.example.com"}, timeout=60)
    assert other.status_code == 403


def test_the_domain_has_its_records_certificate_and_web_acl(living: Living) -> None:
    aws = living.aws
    (zone,) = aws("route53").list_hosted_zones()["HostedZones"]

    records = aws("route53").list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]

    assert {one["Type"] for one in records if one["Name"].strip(".") == DOMAIN} >= {"A", "AAAA"}
    (certificate,) = aws("acm").list_certificates()["CertificateSummaryList"]
    assert certificate["DomainName"] == DOMAIN
    (acl,) = aws("wafv2").list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    assert acl["Name"].startswith("sallyport-local-site-domain-acl-")


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


def issuer_of(tokens: dict[str, Any]) -> str:
    issuer: str = jwt.decode(tokens["access_token"], options={"verify_signature": False})["iss"]
    return issuer


def test_budgets_are_measured_by_a_function_that_may_read_them_alone(living: Living) -> None:
    watched = json.loads(living.stack.state.outputs["watched"])
    function = watched["background"]["measure-budgets"]

    done = living.aws("lambda").invoke(FunctionName=function, Payload=json.dumps({"Step": "measure"}))

    assert "FunctionError" not in done, done["Payload"].read()
    for metric in ("MailBudgetPercent", "MessageBudgetPercent"):
        assert values(living, watched["namespace"], metric)


def test_alarms_and_dashboard_are_there(living: Living) -> None:
    watched = json.loads(living.stack.state.outputs["watched"])
    alarms = living.aws("cloudwatch").describe_alarms(AlarmNames=list(watched["alarms"].values()))["MetricAlarms"]
    body = json.loads(living.aws("cloudwatch").get_dashboard(DashboardName="sallyport-local")["DashboardBody"])

    assert {one["AlarmName"] for one in alarms} == set(watched["alarms"].values())
    assert all(one["AlarmActions"] == [living.stack.state.outputs["alarms_topic_arn"]] for one in alarms)
    assert set(body["widgets"][0]["properties"]["alarms"]) == {one["AlarmArn"] for one in alarms}


def values(living: Living, namespace: str, metric: str) -> list[float]:
    stat = {"Metric": {"Namespace": namespace, "MetricName": metric}, "Period": 3600, "Stat": "Maximum"}
    now = datetime.now(UTC)
    found = living.aws("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
    )
    return list(found["MetricDataResults"][0]["Values"])
