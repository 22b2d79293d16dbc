"""Configuration: the reader of a stack's settings, which reports all faults before any resource is created."""

import difflib
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import fastjsonschema
import pulumi
import yaml
from pulumi.runtime import config as pulumi_config

from contract.roles import NAME, SCOPE, Roles

PROJECT_FILE = Path(__file__).resolve().parent.parent / "Pulumi.yaml"
OF_PROVIDERS = ("aws", "aws-native", "pulumi", "random")

OF_CREDENTIALS = ("authy", "twilio")
"""Prefixes of settings that people put secrets into by mistake."""
MOST = 1_000_000_000

L = TypeVar("L")


class Configuration:
    """The settings of the running stack. A value that cannot be used is a fault, and is replaced by a harmless one.

    `raise_faults` raises all faults together, unknown settings included.
    """

    def __init__(self) -> None:
        self._project, self._stack = pulumi.get_project(), pulumi.get_stack()
        self._values: Mapping[str, Any] = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
        self._asked: set[str] = set()
        self._faults: dict[str, str] = {}

    def flag(self, name: str) -> bool:
        """Return a setting that is `true` or `false`."""
        text = self._text(name)
        if text not in ("true", "false"):
            self.refuse(name, f"{self._quoted(name, text)} is neither true nor false", "true")
        return text == "true"

    def number(self, name: str, allowed: Collection[int], example: int) -> int:
        """Return a whole number, in a range or out of a few."""
        text = self._text(name)
        if re.fullmatch(r"-?\d{1,9}", text) and int(text) in allowed:
            return int(text)
        said = f"from {allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else f"of {_listed(allowed)}"
        self.refuse(name, f"{self._quoted(name, text)} is not a whole number {said}", str(example))
        return example

    def choice(self, name: str, *allowed: str) -> str:
        """Return one of a few words."""
        text = self._text(name)
        if text not in allowed:
            self.refuse(name, f"{self._quoted(name, text)} is none of {_listed(allowed)}", allowed[0])
        return text

    def text(self, name: str, pattern: str, what: str, example: str, *, or_empty: bool = False) -> str:
        """Return a text that matches the pattern."""
        text = self._text(name)
        if not re.fullmatch(pattern, text) and not (or_empty and not text):
            self.refuse(name, f"{self._quoted(name, text)} is not {what}", example)
        return text

    def texts(self, name: str, pattern: str, what: str, example: str) -> tuple[str, ...]:
        """Return a list of different texts that match the pattern."""
        listed = self._json(name, list, f"a list, each {what}", example)
        for one in listed:
            if not isinstance(one, str) or not re.fullmatch(pattern, one):
                self.refuse(name, f"{self._quoted(name, one)} is not {what}", example)
            elif listed.count(one) > 1:
                self.refuse(name, f"`{one}` is there twice", example)
        return tuple(str(one) for one in listed)

    def limits(self, name: str, shape: type[L], most: Mapping[str, int], least: int = 0) -> L:
        """Return limits by name, whole numbers; names are those of `shape`, whose values are the defaults."""
        known = {_camel(field): field for field in shape.__dataclass_fields__}  # type: ignore[attr-defined]
        given = self._json(name, dict, "names with numbers", "10")
        for limit, value in given.items():
            path = f"{name}.{limit}"
            if limit not in known:
                self.refuse(path, f"there is no such limit{_meant(limit, known)}", "10")
            elif type(value) is not int or value < least:
                self.refuse(path, f"`{json.dumps(value)}` is not a whole number from {least} on", "10")
            elif value > most.get(limit, MOST):
                self.refuse(path, f"`{value}` is more than {most.get(limit, MOST)}", "10")
        return shape(**{known[limit]: value for limit, value in given.items() if limit in known})

    def roles(self, name: str, defaults: Roles, example: str) -> Roles:
        """Return role → scopes: those of the setting beside the defaults."""
        given = self._json(name, dict, "roles with lists of scopes", example)
        for role, scopes in given.items():
            path = f"{name}.{role}"
            if not re.fullmatch(NAME, role):
                self.refuse(name, f"{self._quoted(name, role)} is not a role: small letters, digits, - and _", example)
            elif not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
                self.refuse(path, "it is not a list of scopes", example)
            elif wrong := [one for one in scopes if not re.fullmatch(SCOPE, one)]:
                self.refuse(path, f"{self._quoted(name, wrong[0])} is not a scope", example)
        lists = {role: tuple(map(str, scopes)) for role, scopes in given.items() if isinstance(scopes, list)}
        return {**defaults, **lists}

    def schema(self, name: str, example: str) -> Mapping[str, Any]:
        """Return a JSON Schema of an object; empty if there is none."""
        given: dict[str, Any] = self._json(name, dict, "a JSON Schema", example)
        if given:
            try:
                fastjsonschema.compile(given)
            except (fastjsonschema.JsonSchemaDefinitionException, re.error) as error:
                self.refuse(name, f"it is not a JSON Schema: {error}", example)
            if given.get("type") != "object" or given.get("additionalProperties") is not False:
                self.refuse(name, "it needs `type: object` and `additionalProperties: false`", example)
        return given

    def secret(self, name: str) -> pulumi.Output[str] | None:
        """Return a secret; its value is not checked, only its presence."""
        return pulumi.Config().get_secret(name) if self._text(name) else None

    def refuse(self, name: str, why: str, example: str) -> None:
        """Note a fault; `example` is a valid value."""
        self._faults.setdefault(name, f"{why}\n    for example: {self._how_to_set(name, example)}")

    def raise_faults(self) -> None:
        """Raise `pulumi.RunError` with all faults, if there are any."""
        self._refuse_unknown()
        if self._faults:
            listed = "\n".join(f"  {name}: {why}" for name, why in self._faults.items())
            raise pulumi.RunError(f"The configuration of the stack {self._stack} cannot be used:\n{listed}")

    def _refuse_unknown(self) -> None:
        declared = yaml.safe_load(PROJECT_FILE.read_text())["config"]
        known = {*self._asked, *(name for name in declared if ":" not in name)}
        for key in self._values:
            namespace, _, name = key.rpartition(":")
            if namespace == self._project and name not in known:
                self._faults[name] = f"there is no such setting{_meant(name, known)}"
            elif not namespace:
                self._faults[key] = f"did you mean {self._project}:{key}?"
            elif namespace not in (self._project, *OF_PROVIDERS) and _closest(namespace, [self._project]):
                self._faults[key] = f"did you mean {self._project}:{name}?"

    def _text(self, name: str) -> str:
        self._asked.add(name)
        value = self._values.get(name if ":" in name else f"{self._project}:{name}")
        return "" if value is None else str(value)

    def _json(self, name: str, shape: type[list[Any] | dict[str, Any]], what: str, example: str) -> Any:
        text = self._text(name)
        try:
            value = json.loads(text) if text else shape()
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, shape):
            self.refuse(name, f"{self._quoted(name, text)} is not {what}", example)
            return shape()
        return value

    def _quoted(self, name: str, value: Any) -> str:
        """Return the value for a message, unless it may hold a secret."""
        is_secret = pulumi_config.is_config_secret(f"{self._project}:{name}")
        return "what is set" if is_secret or name.startswith(OF_CREDENTIALS) or "://" in str(value) else f"`{value}`"

    def _how_to_set(self, name: str, example: str) -> str:
        if self._text("awsEndpoint"):
            first, _, rest = name.partition(".")
            value = f"{{{rest}: {example}}}" if rest else f"[{example}]" if name in LISTS else example
            return f"{self._project}:{first}: {value}, in Pulumi.{self._stack}.yaml"
        value = f"'{example}'" if re.search(r"[\s*]", example) else example
        path = f"--path '{name}[0]'" if name in LISTS else f"--path {name}" if "." in name else name
        plain = " --plaintext" if name == "passkeyOrigins" else ""  # the command takes long texts for secrets
        return f"pulumi config set {path} {value}{plain} --stack {self._stack}"


LISTS = (
    "corsOrigins", "callbackUrls", "trustedIssuers", "formerDomains", "scopeGrants", "factors", "passkeyOrigins",
    "messageCountries", "defaultRoles", "profileClaims",
)  # fmt: skip


def _meant(name: str, known: Collection[str]) -> str:
    found = _closest(name, known)
    return f"; did you mean {found}?" if found else ""


def _closest(name: str, known: Collection[str]) -> str:
    lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.75)
    return lower[found[0]] if found else ""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _listed(values: Collection[Any]) -> str:
    return ", ".join(str(value) for value in values)
