"""Copies of the project, changed as the documentation says."""

import re
import shutil
from pathlib import Path

from sallyport.local.tools import ROOT

NOT_COPIED = (".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", "build", "*.egg-info")
IGNORED = shutil.ignore_patterns(*NOT_COPIED, "cloud", "stack.json", "beside")
IGNORED_WITH_TOOLS = shutil.ignore_patterns(*NOT_COPIED, ".sallyport")
EXTENDING = ROOT / "docs" / "extending.md"
ORDERS = re.compile("`((?:contract|components|handlers)/[a-z/]*orders)`")

ORDERS_PAGE = re.compile(r"`(web/[a-z/]*orders\.[a-z]+)`")


def copy(folder: Path, *, with_tools: bool = True) -> Path:
    """Copy the project, without its builds and its state."""
    shutil.copytree(ROOT, folder, ignore=IGNORED if with_tools else IGNORED_WITH_TOOLS, symlinks=True)
    return folder


def with_a_route(folder: Path) -> Path:
    """Add the route of docs/extending.md: its files, its lines."""
    page = EXTENDING.read_text()
    for path, text in re.findall(r"`([a-z_/]+\.py)`:\n\n```python\n(.*?)```", page, re.DOTALL):
        (folder / path).write_text(text)
    for path, imports, diff in re.findall(r"In `([a-z_/]+\.py)`, with (.*?):\n\n```diff\n(.*?)```", page, re.DOTALL):
        _apply(folder / path, re.findall("`(from .*?)`", imports), diff.splitlines())
    return folder


def without_orders(folder: Path) -> Path:
    """Remove the example application as docs/extending.md says."""
    page = EXTENDING.read_text().split("## Take the example out")[1]
    for room in ORDERS.findall(page):
        shutil.rmtree(folder / room)
    for path in ORDERS_PAGE.findall(page):
        (folder / path).unlink()
    _drop_lines(folder / "__main__.py", "orders")
    applications = folder / "contract" / "applications.py"
    _drop_lines(applications, "contract.orders")
    applications.write_text(applications.read_text().replace("(ORDERS,)", "()"))
    return folder


def _drop_lines(path: Path, what: str) -> None:
    kept = [line for line in path.read_text().splitlines(keepends=True) if what not in line]
    path.write_text("".join(kept))


def _apply(path: Path, imports: list[str], diff: list[str]) -> None:
    old = "\n".join(line[1:] for line in diff if not line.startswith("+"))
    new = "\n".join(line[1:] for line in diff if not line.startswith("-"))
    text = path.read_text()
    assert text.count(old) == 1
    first = text.index("\nfrom ") + 1
    path.write_text(text[:first] + "".join(f"{one}\n" for one in imports) + text[first:].replace(old, new))
