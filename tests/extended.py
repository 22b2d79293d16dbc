"""A copy of the project with a route of one's own, added as the README says it."""

import re
import shutil
from pathlib import Path

from local.tools import ROOT

NOT_COPIED = (".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", "build", "*.egg-info")
IGNORED = shutil.ignore_patterns(*NOT_COPIED, "cloud", "stack.json", "beside")
IGNORED_WITH_TOOLS = shutil.ignore_patterns(*NOT_COPIED, ".sallyport")


def copy(folder: Path, *, with_tools: bool = True) -> Path:
    """The project, without what it has built or runs."""
    shutil.copytree(ROOT, folder, ignore=IGNORED if with_tools else IGNORED_WITH_TOOLS, symlinks=True)
    return folder


def with_a_route(folder: Path) -> Path:
    """Do what the README's section says."""
    section = (ROOT / "README.md").read_text().split("## Your own API behind the gate")[1].split("\n## ")[0]
    for path, text in re.findall(r"`([a-z/]+\.py)`:\n\n```python\n(.*?)```", section, re.DOTALL):
        (folder / path).write_text(text)
    changes = re.findall(r"In `([a-z_/]+\.py)`, with (.*?):\n\n```diff\n(.*?)```", section, re.DOTALL)
    for path, imports, diff in changes:
        _apply(folder / path, re.findall("`(from .*?)`", imports), diff.splitlines())
    return folder


def _apply(path: Path, imports: list[str], diff: list[str]) -> None:
    old = "\n".join(line[1:] for line in diff if not line.startswith("+"))
    new = "\n".join(line[1:] for line in diff if not line.startswith("-"))
    text = path.read_text()
    assert text.count(old) == 1
    first = text.index("\nfrom ") + 1
    path.write_text(text[:first] + "".join(f"{one}\n" for one in imports) + text[first:].replace(old, new))
