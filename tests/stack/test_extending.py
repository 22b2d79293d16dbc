"""A route of one's own, as the README adds it; and what is refused, so that nothing is promised and not served."""

from pathlib import Path

import pytest

from local import program
from local.recording import Recording
from tests import extended

OVERRIDES = {"sallyport:mailFrom": "codes@example.com"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extended.with_a_route(extended.copy(tmp_path_factory.mktemp("extended") / "project"))


def run(folder: Path) -> program.Run:
    return program.run(folder, "dev", Recording(), overrides=OVERRIDES)


def refused(folder: Path, file: str, old: str, new: str) -> str:
    """What is said once a file has something else in it."""
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    try:
        with pytest.raises(program.ProgramFailed) as caught:
            run(folder)
    finally:
        path.write_text(text)
    return str(caught.value)


def test_a_route_of_ones_own_is_served_and_guarded(project: Path) -> None:
    recorded = {one.name: one for one in run(project).registrations if one.is_custom}

    route = recorded["auth-ping-route"].inputs
    assert (route["routeKey"], route["authorizationType"]) == ("GET /ping", "CUSTOM")
    assert recorded["ping-function"].inputs["handler"] == "handlers.ping.handler"


def test_a_row_that_nothing_serves_is_refused(project: Path) -> None:
    said = refused(project, "__main__.py", 'auth_api.route(PING[0], Function("ping", args))\n', "")

    assert "Nothing serves GET /ping of contract/routes.py" in said


def test_a_route_that_is_in_no_table_is_refused(project: Path) -> None:
    said = refused(project, "contract/routes.py", ", *PING)", ")")

    assert "GET /ping is not in contract/routes.py" in said


def test_a_handler_that_is_missing_is_refused(project: Path) -> None:
    said = refused(project, "__main__.py", 'handler="ping"', 'handler="pong"')

    assert "ping: there is no handlers/pong.py" in said


def test_routes_of_the_door_stay_its_own(project: Path) -> None:
    said = refused(project, "contract/routes.py", "*ACCOUNT_FACTORS,", "*ACCOUNT_FACTORS,\n    *PING,")

    assert "put yours beside ORDERS" in said
