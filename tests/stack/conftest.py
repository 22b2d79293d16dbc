"""The declarations of the program, stage by stage, recorded without any cloud."""

from functools import cache

import pytest

from sallyport.local import program
from sallyport.local.engine import Registration
from sallyport.local.recording import Recording
from sallyport.local.tools import ROOT

STAGES = ("dev", "staging", "prod", "local")


class Recorded:
    """The resources and outputs of one stage."""

    def __init__(self, stage: str, run: program.Run) -> None:
        self.stage = stage
        self.outputs = run.outputs
        self.secret_outputs = run.secret_outputs
        self.custom = [resource for resource in run.registrations if resource.is_custom]
        self.components = [resource for resource in run.registrations if not resource.is_custom]

    @property
    def is_monitored(self) -> bool:
        return self.stage in ("staging", "prod")

    def physical(self, name: str) -> str:
        """Return the name that AWS would know the resource by."""
        return f"sallyport-{self.stage}-{name}-1234567"

    def of(self, type_: str) -> list[Registration]:
        """Return all resources of a type, named as in `aws.<module>.<Class>`."""
        module, name = type_.split(".")
        suffix = f":{module.rstrip('_')}/{name[0].lower()}{name[1:]}:{name}"
        return [resource for resource in self.custom if resource.type.endswith(suffix)]

    def named(self, name: str) -> Registration:
        return next(resource for resource in self.custom if resource.name == name)


@cache
def record(stage: str, **overrides: str) -> Recorded:
    own = {"mailFrom": "codes@example.com", "createMailIdentity": "true", "domain": "", "hostedZoneId": ""}
    settings = {f"sallyport:{name}": value for name, value in own.items()}
    given = {"aws:region": "us-east-1", **settings, **{f"sallyport:{k}": v for k, v in overrides.items()}}
    if stage == "local":
        given["sallyport:awsEndpoint"] = "http://127.0.0.1:4566"
    return Recorded(stage, program.run(ROOT, stage, Recording(), overrides=given))


def whole(**overrides: str) -> Recorded:
    """Return a stack with everything that settings can add."""
    added = {
        "domain": "sign-in.example.com",
        "hostedZoneId": "Z0123456789",
        "webAcl": "true",
        "alarmMail": "ops@example.com",
        "monthlyBudgetUsd": "100",
        "migrationFunction": "arn:aws:lambda:us-east-1:123456789012:function:old-users",
        "authyApiKey": "key",
        "messageCountries": '["US"]',
    }
    return record("prod", **added, **overrides)


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> Recorded:
    return record(request.param)


@pytest.fixture
def dev() -> Recorded:
    return record("dev")


@pytest.fixture
def prod() -> Recorded:
    return record("prod")
