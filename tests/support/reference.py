"""The tables of docs/reference that are made from the contract, Pulumi.yaml and the limits.

Run: make docs
"""

import ast
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from contract import events, limits, openapi
from contract.route import Guard, PoolScopes, Public, Route
from contract.routes import ROUTES
from sallyport.local.tools import ROOT

PAGES = ROOT / "docs" / "reference"
SCHEMAS = PAGES / "events"
TABLE = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def render(page: Path) -> str:
    """Return the page with its tables as the code has them now."""
    return TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", page.read_text())


def routes() -> str:
    """Return a row for each route: what it does, its guard, body and answers."""
    rows = (
        (f"`{route.key}`", route.summary, _guard(route.guard), f"`{route.body}`" if route.body else "", _answers(route))
        for route in ROUTES
    )
    return _table(("route", "", "token", "body", "answers"), rows)


def bodies() -> str:
    """Return a row for each struct that a route takes or answers."""
    names = {name for route in ROUTES for name in (route.body, *route.answers.values()) if name}
    rows = ((f"`{name}`", _fields(openapi.struct(name))) for name in sorted(names))
    return _table(("body", "fields"), rows)


OF_PULUMI = {
    "aws:region": "Where everything is",
    "pulumi:autonaming": "The names of new resources; those that exist keep theirs",
}


def settings() -> str:
    """Return a row for each setting of Pulumi.yaml."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    rows = (
        (f"`{name}`", _default(schema), schema.get("description") or OF_PULUMI[name])
        for name, schema in config.items()
        if name != "awsEndpoint"
    )
    return _table(("name", "default", ""), rows)


def sign_in_limits() -> str:
    """Return a row for each limit of `signInLimits`."""
    return _limits(limits.SignInLimits)


def session_lifetimes() -> str:
    """Return a row for each lifetime of `sessionLifetimes`."""
    return _limits(limits.SessionLifetimes)


def event_types() -> str:
    """Return a row for each type of event."""
    rows = (
        (f"[`{name}`](events/{name}.json)", " ".join((event.__doc__ or "").split()), _fields(event))
        for name, event in sorted(events.EVENT_TYPES.items())
    )
    return _table(("type", "", "data"), rows)


def schemas() -> dict[Path, str]:
    """Return the path and the text of the JSON Schema of each event type."""
    return {
        SCHEMAS / f"{name}.json": json.dumps(events.schema(event), indent=2) + "\n"
        for name, event in events.EVENT_TYPES.items()
    }


def factor_limits() -> str:
    """Return a row for each limit of `factorLimits`."""
    return _limits(limits.FactorLimits)


TABLES: dict[str, Callable[[], str]] = {
    table.__name__: table
    for table in (routes, bodies, settings, sign_in_limits, factor_limits, session_lifetimes, event_types)
}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _guard(guard: Guard) -> str:
    if isinstance(guard, Public):
        return ""
    scopes = " or ".join(f"`{scope}`" for scope in guard.scopes)
    return f"of the user pool, {scopes}" if isinstance(guard, PoolScopes) else scopes


def _answers(route: Route) -> str:
    return " · ".join(f"{status} `{name}`" if name else str(status) for status, name in sorted(route.answers.items()))


def _fields(struct: type[msgspec.Struct]) -> str:
    fields = msgspec.structs.fields(struct)
    return ", ".join(f"`{one.encode_name}`" + ("" if one.required else " (may be absent)") for one in fields)


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default", schema.get("value"))
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("...\n").strip()
    return f"`{text}`" if value != "" else ""


def _limits(cls: type) -> str:
    rows = (
        (f"`{_camel(name)}`", str(getattr(cls, name)), text) for name, text in _documented(Path(limits.__file__), cls)
    )
    return _table(("name", "default", ""), rows)


def _documented(file: Path, cls: type) -> Iterable[tuple[str, str]]:
    """Yield each field of the class with the docstring that follows it."""
    nodes = ast.parse(file.read_text()).body
    (body,) = (node.body for node in nodes if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    for statement, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = ast.literal_eval(after.value) if isinstance(after, ast.Expr) else ""
            yield statement.target.id, " ".join(text.split())


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


if __name__ == "__main__":
    for path in sorted(PAGES.glob("*.md")):
        path.write_text(render(path))
    SCHEMAS.mkdir(exist_ok=True)
    for path, text in schemas().items():
        path.write_text(text)
