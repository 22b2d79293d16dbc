"""Applications: one is added and the example removed as docs/extending.md says, and incomplete ones are refused."""

from pathlib import Path

import pytest

from sallyport.local import program
from sallyport.local.recording import Recording
from tests.support import project_copy

OVERRIDES = {"sallyport:mailFrom": "codes@example.com"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_copy.with_a_route(project_copy.copy(tmp_path_factory.mktemp("extended") / "project"))


def run(folder: Path) -> program.Run:
    return program.run(folder, "dev", Recording(), overrides=OVERRIDES)


def refused(folder: Path, file: str, old: str, new: str) -> str:
    """Return the refusal after a change of a file."""
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


def test_an_added_route_is_served_and_guarded(project: Path) -> None:
    recorded = {one.name: one for one in run(project).registrations if one.is_custom}

    route = recorded["auth-visits-route"].inputs
    assert (route["routeKey"], route["authorizationType"]) == ("POST /visits", "CUSTOM")
    assert recorded["visits-function"].inputs["handler"] == "handlers.functions.visits.handler"
    assert "visits#*" in recorded["visits-policy"].inputs["policy"]


def test_the_rest_deploys_without_the_example(tmp_path: Path) -> None:
    recorded = run(project_copy.without_orders(project_copy.copy(tmp_path / "project")))

    names = [one.name for one in recorded.registrations]
    assert "auth-me-route" in names
    assert not [name for name in names if "order" in name]
    assert not [name for name in recorded.outputs if "order" in name]


def test_a_row_that_nothing_serves_is_refused(project: Path) -> None:
    said = refused(project, "__main__.py", 'visits = Visits("visits", settings, functions, secrets, auth_api)\n', "")

    assert "Nothing serves POST /visits of contract/routes.py" in said


def test_a_route_that_is_in_no_table_is_refused(project: Path) -> None:
    said = refused(project, "contract/applications.py", "(ORDERS, VISITS)", "(ORDERS,)")

    assert "POST /visits is not in contract/routes.py" in said


def test_a_handler_that_is_missing_is_refused(project: Path) -> None:
    said = refused(project, "components/visits.py", 'handler="visits"', 'handler="views"')

    assert "views: there is no handlers/functions/views.py" in said


def test_routes_of_the_directory_stay_its_own(project: Path) -> None:
    added = '    Route(method="GET", path="/x", handler="x", summary="", guard=Public()),\n    *ACCOUNT_FACTORS,'
    said = refused(project, "contract/routes.py", "    *ACCOUNT_FACTORS,", added)

    assert "put yours into an application" in said
