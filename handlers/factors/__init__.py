"""The factor types, one file each: subclasses of `core.mfa.factor_type.FactorType`.

The environment says which of them a stack offers, with their settings; only those are loaded. A type imports a library
of the layer when it is first used, so that a cold start does not wait for the libraries of other types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from contract.limits import FactorLimits
from handlers.core.mfa.factor_type import FactorType
from handlers.core.ports import Counters, FactorCipher, Factors

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Tools:
    """The services that factor types use."""

    cipher: FactorCipher
    factors: Factors
    counters: Counters
    limits: FactorLimits
    issuer_name: str
    """The name that authenticator apps show beside the account."""


def load(offered: Mapping[str, Settings], tools: Tools) -> dict[str, FactorType]:
    """Return the offered types by name, each made by `make(settings, tools)` of the file of that name."""
    return {kind: import_module(f"{__name__}.{kind}").make(settings, tools) for kind, settings in offered.items()}
