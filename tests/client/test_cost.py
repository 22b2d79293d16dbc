"""`sallyport cost`: what a month costs here and elsewhere."""

import json
import re

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from contract.dashboard import QUESTIONS
from sallyport.client.commands.main import cli
from sallyport.client.cost import model
from sallyport.local.tools import ROOT
from tests.stack.conftest import record

OTHERS = ("Cognito Lite", "Cognito Essentials", "Auth0 B2C Essentials")
ACTS = ("sign_ups", "sign_ins", "refreshes", "requests", "mails", "visits")


PLAIN = model.Settings(has_monitoring=True)


def total(users: int, settings: model.Settings = PLAIN, /, **given: int) -> float:
    return sum(model.bill(model.use(users, settings, **given)).values())


def test_every_unit_has_a_price_and_a_line() -> None:
    shown = {unit for parts in model.LINES.values() for unit in parts}
    used = {unit for act in model.USAGE["acts"].values() for unit in act} - {"told", "log_byte", "cold_gb"}

    assert shown == set(model.PRICES["aws"])
    assert used <= shown
    for part in ("idle", "monitoring", "web_acl", "snap_start", "provisioned"):
        assert set(model.USAGE[part]) <= shown


@given(st.sampled_from(ACTS), st.integers(0, 10**9))
def test_whatever_is_done_more_often_costs_more(act: str, times: int) -> None:
    assert total(1000, **{act: times + 1}) > total(1000, **{act: times})


def test_a_sign_in_costs_what_its_units_cost() -> None:
    million = total(0, sign_ins=1_000_000) - total(0)

    # request 1.00, invocation 0.20, 0.31 GB-s 4.13, 16 writes 10.00, 4 reads 0.50, KMS 3.00, 950 bytes of log 0.50; its
    # event: invocation 0.20, 0.02 GB-s 0.27, bus 1.00, 1,500 bytes of log 0.80
    assert million == pytest.approx(20.00, abs=0.01)


def test_snapshots_and_kept_environments_are_of_the_functions_that_have_them() -> None:
    prod = record("prod", snapStart="true")
    kept = sum(one.inputs["memorySize"] for one in prod.of("lambda.Function") if one.inputs.get("publish"))
    seconds = kept / 1024 * 730 * 3600

    assert model.USAGE["snap_start"]["snapshot_gb_second"] == pytest.approx(seconds)
    assert model.USAGE["provisioned"]["kept_gb_second"] == pytest.approx(seconds)
    with_snapshots = model.Settings(has_monitoring=True, has_snap_start=True)
    assert total(0, with_snapshots) - total(0) == pytest.approx(9.89, abs=0.01)
    more = total(0, with_snapshots, sign_ins=10**6) - total(0, with_snapshots)
    assert more == pytest.approx(20.00 + 1.75, abs=0.01), "ten thousand environments of 1.25 GB are restored"
    assert total(0, model.Settings(has_monitoring=True, provisioned=2)) - total(0) == pytest.approx(43.80, abs=0.01)


@pytest.mark.parametrize(
    ("users", "lite", "essentials", "auth0"),
    [(0, 0, 0, 35), (10_000, 0, 0, 700), (50_000, 220, 600, 3_500), (100_000, 495, 1_350, None)],
)
def test_others_ask_by_their_own_steps(users: int, lite: float, essentials: float, auth0: float | None) -> None:
    asked = model.others(users)

    assert asked["Cognito Lite"] == pytest.approx(lite)
    assert asked["Cognito Essentials"] == pytest.approx(essentials)
    assert asked["Auth0 B2C Essentials"] == auth0


def test_alarms_and_metrics_are_as_many_as_the_stack_has() -> None:
    prod = record("prod")
    queries = [one for alarm in prod.of("cloudwatch.MetricAlarm") for one in alarm.inputs["metricQueries"]]
    own = [one for shown in QUESTIONS.values() for one in shown if not one.namespace]

    assert len([one for one in queries if "metric" in one]) == model.USAGE["monitoring"]["alarm_metric"]
    assert len(own) == model.USAGE["monitoring"]["metric"]
    assert len(prod.of("secretsmanager.Secret")) == model.USAGE["idle"]["secret"]


def test_the_page_about_scale_says_what_the_command_says() -> None:
    page = (ROOT / "docs" / "scale.md").read_text()
    rows = re.findall(
        r"^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+|not published) \|$", page, re.MULTILINE
    )

    assert len(rows) == 6
    for row in rows:
        users = int(row[0].replace(",", ""))
        asked = [total(users), *(model.others(users)[name] for name in OTHERS)]
        assert list(row[1:]) == ["not published" if one is None else f"{one:,.0f}" for one in asked]


def test_the_command_says_it_for_people_and_scripts() -> None:
    run = CliRunner().invoke
    said = run(cli, ["cost", "--mau", "100000", "--signins", "250000"])
    shown = json.loads(run(cli, ["cost", "--mau", "100000", "--signins", "250000", "--json"]).stdout)

    assert "100,000 users in a month: 5,000 sign-ups, 250,000 sign-ins" in said.stdout
    assert "  Auth0 B2C Essentials     not published\n" in said.stdout
    assert f"{sum(shown['usd'].values()):,.2f}" in said.stdout
    assert shown["use"]["sign_ins"] == 250_000
    assert f"Prices as of {shown['prices']}" in said.stderr
    assert run(cli, ["cost"]).exit_code == 2
    both = run(cli, ["cost", "--mau", "1", "--snap-start", "--provisioned", "1"])
    assert (both.exit_code, "not both" in both.stderr) == (2, True)
