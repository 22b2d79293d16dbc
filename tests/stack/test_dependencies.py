"""The version ranges of the distribution hold the versions that are installed and tested."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sallyport.local.tools import ROOT

DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


@pytest.mark.parametrize("declared", DECLARED)
def test_a_range_holds_the_version_that_is_tested(declared: str) -> None:
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE)
    tested = {canonicalize_name(name): version for name, version in pins}
    wanted = Requirement(declared)

    assert wanted.specifier.contains(tested[canonicalize_name(wanted.name)])
