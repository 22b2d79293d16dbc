"""The kinds of factor, one file each, behind `core.factors.Factor`.

Which of them a stack offers, and with what settings, stands in its environment; only those are loaded. What a kind
imports from the layer, it imports when it is used: a function that starts cold does not wait for the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from contract.limits import FactorLimits
from handlers.core.factors import Factor
from handlers.core.ports import Counters, Factors, FactorVault

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Tools:
    """What kinds of factor work with."""

    vault: FactorVault
    factors: Factors
    counters: Counters
    limits: FactorLimits
    issuer_name: str
    """What authenticators show beside the account."""


def load(offered: Mapping[str, Settings], tools: Tools) -> dict[str, Factor]:
    """The kinds that are offered, by name: `make(settings, tools)` of the file of that name."""
    return {kind: import_module(f"{__name__}.{kind}").make(settings, tools) for kind, settings in offered.items()}
