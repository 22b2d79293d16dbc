"""What the program declares, stage by stage, recorded without any cloud."""

from functools import cache

import pytest

from local import program
from local.engine import Registration
from local.recording import Recording
from local.tools import ROOT

VARIABLES = {
    "TABLE_NAME": "directory",
    "KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/1",
    "KEYSET_SECRET_ID": "keyset",
    "ISSUER": "https://issuer.example.com",
    "AUDIENCE": "sallyport-dev",
    "CONFIRM_EMAIL": "true",
    "MAIL_FROM": "codes@example.com",
    "API_ID": "abcdef",
    "POOL_ISSUER": "https://pool.example.com",
    "POOL_JWKS_URL": "https://pool.example.com/.well-known/jwks.json",
    "POOL_CLIENT_IDS": "terminal server machine",
    "TRUSTED_ISSUERS": "[]",
    "SCOPE_GRANTS": "[]",
    "FACTORS": '{"totp": {}, "email": {}, "recovery": {}}',
    "FACTOR_LIMITS": "{}",
    "SIGN_IN_LIMITS": "{}",
    "PEPPER_SECRET_ID": "pepper",
    "PROVES_MAILBOX": "true",
    "BREACHED_PASSWORDS_URL": "https://api.pwnedpasswords.com",
    "SECOND_FACTOR": "optional",
    "DISPLAY_NAME": "Sallyport",
    "ORDERS_TABLE_NAME": "orders",
    "ORDERS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
}
"""Everything that a function may find in its environment, and nothing that anybody must not see."""

STAGES = ("dev", "staging", "prod", "local")


class Recorded:
    """The resources and outputs of one stage."""

    def __init__(self, stage: str, run: program.Run) -> None:
        self.stage = stage
        self.outputs = run.outputs
        self.secret_outputs = run.secret_outputs
        self.custom = [resource for resource in run.registrations if resource.is_custom]
        self.components = [resource for resource in run.registrations if not resource.is_custom]

    def of(self, type_: str) -> list[Registration]:
        """All of a type, named as in `aws.<module>.<Class>`."""
        module, name = type_.split(".")
        suffix = f":{module.rstrip('_')}/{name[0].lower()}{name[1:]}:{name}"
        return [resource for resource in self.custom if resource.type.endswith(suffix)]

    def named(self, name: str) -> Registration:
        return next(resource for resource in self.custom if resource.name == name)


@cache
def record(stage: str, **overrides: str) -> Recorded:
    given = {"sallyport:mailFrom": "codes@example.com", **{f"sallyport:{k}": v for k, v in overrides.items()}}
    if stage == "local":
        given["sallyport:awsEndpoint"] = "http://127.0.0.1:4566"
    return Recorded(stage, program.run(ROOT, stage, Recording(), overrides=given))


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> Recorded:
    return record(request.param)


@pytest.fixture
def dev() -> Recorded:
    return record("dev")


@pytest.fixture
def prod() -> Recorded:
    return record("prod")
