"""sallyport.local.engine, program, rpc and deployment, with small programs on the embedded AWS."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.protobuf import struct_pb2

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local import deployment, program, rpc
from sallyport.local.clients import Clients, Target
from sallyport.local.engine import ResourceError
from sallyport.local.recording import Recording
from sallyport.local.resources import HANDLERS
from sallyport.local.resources.resource_handler import arguments
from sallyport.local.state import Entry, State

HEAD = "import pulumi\nimport pulumi_aws as aws\nimport pulumi_random as random\n"


class Project:
    """A folder with a program, and the stack that it is deployed to."""

    def __init__(self, folder: Path, stack: LocalStack) -> None:
        self.folder = folder
        self.state_file = folder / "state.json"
        self._stack = stack
        (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\nconfig:\n  days:\n    default: 7\n")

    @property
    def aws(self) -> Clients:
        return Clients(self._stack.cloud.url, self._stack.cloud.keys)

    def deploy(self, text: str) -> tuple[program.Run, list[str]]:
        """Deploy; return the run, and the names of the resources in the order in which they were made or found."""
        (self.folder / "__main__.py").write_text(HEAD + text)
        made: list[str] = []
        target = Target(self._stack.cloud.url, self._stack.cloud.keys, "small", "local")
        done = deployment.deploy(self.folder, target, State(self.state_file), lambda made_: made.append(made_.name))
        return done.run, made

    def faults(self, text: str) -> str:
        with pytest.raises(program.ProgramFailed) as caught:
            self.deploy(text)
        return str(caught.value)

    def log_groups(self) -> dict[str, int]:
        pages = self.aws("logs").get_paginator("describe_log_groups").paginate()
        found = [group for page in pages for group in page["logGroups"]]
        return {group["logGroupName"]: group["retentionInDays"] for group in found if group["logGroupName"][:1] == "x"}


@pytest.fixture
def project(tmp_path: Path, stack: LocalStack) -> Project:
    return Project(tmp_path, stack)


def test_what_is_declared_is_made_and_what_is_not_any_more_is_deleted(project: Project) -> None:
    two = "".join(f"aws.cloudwatch.LogGroup('x{name}', retention_in_days=7)\n" for name in "ab")

    project.deploy(two)
    assert sorted(name[:2] for name in project.log_groups()) == ["xa", "xb"]
    project.deploy("aws.cloudwatch.LogGroup('xb', retention_in_days=7)\n")
    assert [name[:2] for name in project.log_groups()] == ["xb"]
    project.deploy("")
    assert project.log_groups() == {}


def test_what_has_not_changed_is_left_alone(project: Project) -> None:
    text = "r = random.RandomPassword('r', length=20, special=False)\npulumi.export('r', r.result)\n"

    first, _ = project.deploy(text)
    second, _ = project.deploy(text)

    assert first.outputs["r"] == second.outputs["r"]
    assert len(str(first.outputs["r"])) == 20
    assert first.secret_outputs == second.secret_outputs == ("r",)


def test_what_has_changed_is_changed(project: Project) -> None:
    project.deploy("aws.cloudwatch.LogGroup('xc', retention_in_days=7)\n")
    project.deploy("aws.cloudwatch.LogGroup('xc', retention_in_days=14)\n")

    assert list(project.log_groups().values()) == [14]
    project.deploy("")


@pytest.mark.parametrize(
    "alias",
    ["pulumi.Alias(name='xold')", "'urn:pulumi:local::small::aws:cloudwatch/logGroup:LogGroup::xold'"],
)
def test_what_has_another_name_by_an_alias_is_the_same_resource(project: Project, alias: str) -> None:
    project.deploy("aws.cloudwatch.LogGroup('xold', retention_in_days=7)\n")
    before = project.log_groups()

    options = f"opts=pulumi.ResourceOptions(aliases=[{alias}])"
    project.deploy(f"aws.cloudwatch.LogGroup('xnew', retention_in_days=7, {options})\n")
    assert project.log_groups() == before
    project.deploy(f"aws.cloudwatch.LogGroup('xnew', retention_in_days=14, {options})\n")

    assert list(project.log_groups()) == list(before)
    assert list(project.log_groups().values()) == [14]
    project.deploy("")
    assert project.log_groups() == {}


POOL = """
pool = aws.cognito.UserPool('pool', username_attributes=['email'], auto_verified_attributes=['email'],
    username_configuration={{'case_sensitive': False}}, password_policy={{'minimum_length': {length}}},
    admin_create_user_config={{'allow_admin_create_user_only': True}}, deletion_protection='INACTIVE',
    account_recovery_setting={{'recovery_mechanisms': [{{'name': 'verified_email', 'priority': 1}}]}})
pulumi.export('pool', pool.id)
"""
API = """
api = aws.apigatewayv2.Api('api', protocol_type='HTTP')
integration = aws.apigatewayv2.Integration('integration', api_id=api.id, integration_type='AWS_PROXY',
    integration_uri='arn:aws:lambda:us-east-1:000000000000:function:f', payload_format_version='2.0',
    timeout_milliseconds={milliseconds})
route = aws.apigatewayv2.Route('route', api_id=api.id, route_key='GET /', authorization_type='NONE',
    target=integration.id.apply(lambda id_: f'integrations/{{id_}}'))
pulumi.export('api', api.id)
pulumi.export('integration', integration.id)
"""


def test_a_pool_that_is_changed_keeps_its_users(project: Project) -> None:
    first, _ = project.deploy(POOL.format(length=15))
    cognito, pool = project.aws("cognito-idp"), first.outputs["pool"]
    cognito.admin_create_user(UserPoolId=pool, Username="ada@example.com", TemporaryPassword="Aa1!" * 5)

    second, _ = project.deploy(POOL.format(length=16))

    assert second.outputs["pool"] == pool
    assert cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Policies"]["PasswordPolicy"]["MinimumLength"] == 16
    assert [user["Enabled"] for user in cognito.list_users(UserPoolId=pool)["Users"]] == [True]
    project.deploy("")


def test_what_is_replaced_takes_what_stands_on_it_along(project: Project) -> None:
    first, _ = project.deploy(API.format(milliseconds=1000))
    second, _ = project.deploy(API.format(milliseconds=2000))

    (route,) = project.aws("apigatewayv2").get_routes(ApiId=second.outputs["api"])["Items"]
    assert first.outputs["integration"] != second.outputs["integration"]
    assert route["Target"] == f"integrations/{second.outputs['integration']}"
    project.deploy("")


def test_what_a_killed_run_has_half_made_is_mended(project: Project) -> None:
    text = "aws.cloudwatch.LogGroup('xhalf', retention_in_days=7)\n"
    project.deploy(text)
    project.state_file.unlink()  # made, but never written down

    project.deploy(text)

    assert list(project.log_groups().values()) == [7]
    project.deploy("")


def test_all_faults_come_together_with_name_place_and_awss_words(project: Project) -> None:
    faults = project.faults(
        "a = aws.cloudwatch.LogGroup('xbad', retention_in_days=8)\n"
        "aws.kms.Key('key', description='d', policy='{}', multi_region=True)\n"
        "aws.efs.FileSystem('files')\n"
        "aws.iam.RolePolicy('policy', role='nobody', policy='{}')\n"
        "aws.cloudwatch.LogGroup('xafter', retention_in_days=7, kms_key_id=a.arn)\n"
    )

    assert f"xbad ({project.folder.name}/__main__.py:4)\n" in faults
    assert "PutRetentionPolicy operation" in faults
    assert "inputs that the embedded AWS does not handle: multi_region" in faults
    assert "the embedded AWS does not handle aws:efs/fileSystem:FileSystem" in faults
    assert "NoSuchEntity" in faults
    assert "xafter" not in faults
    assert faults.count("(") >= 4
    assert project.log_groups() == {}, "what was half made is gone"


def test_a_program_that_raises_says_why(project: Project) -> None:
    assert "ZeroDivisionError" in project.faults("aws.cloudwatch.LogGroup('xz', retention_in_days=7)\n1 / 0\n")
    project.deploy("")


def test_two_resources_of_one_name_are_a_fault(project: Project) -> None:
    twice = "random.RandomPassword('same', length=8, special=False)\n" * 2

    assert "same" in project.faults(twice)
    assert "two resources have this name and type" in project.faults(twice)


def test_an_output_without_a_value_is_a_fault(project: Project) -> None:
    text = "k = random.RandomPassword('k', length=8, special=False)\npulumi.export('hash', k.bcrypt_hash)\n"

    assert "the stack's output hash has no value" in project.faults(text)


def test_an_input_without_a_value_is_a_fault(project: Project) -> None:
    text = (
        "k = random.RandomPassword('k', length=8, special=False)\n"
        "aws.cloudwatch.LogGroup('xk', retention_in_days=7, tags={'hash': k.bcrypt_hash})\n"
    )

    assert "inputs without a value: tags.hash" in project.faults(text)


def test_configuration_is_the_schemas_default_then_the_stacks_then_the_callers(project: Project) -> None:
    (project.folder / "Pulumi.local.yaml").write_text("config:\n  small:other: [1, 2]\n")

    plain = program.configuration(project.folder, "local", {}, {})
    given = program.configuration(project.folder, "local", {"small:days": "9"}, {"small:days": "8"})

    assert plain == {"small:days": "7", "small:other": "[1, 2]"}
    assert given["small:days"] == "9"


def test_runs_do_not_see_each_other(tmp_path: Path, stack: LocalStack) -> None:
    project = Project(tmp_path, stack)
    (tmp_path / "__main__.py").write_text(HEAD + "pulumi.export('stack', pulumi.get_stack())\n")

    runs = [program.run(tmp_path, name, Recording()) for name in ("one", "two", "one")]

    assert [run.outputs["stack"] for run in runs] == ["one", "two", "one"]
    assert project.log_groups() == {}


def test_no_kind_takes_an_input_silently() -> None:
    for kind in HANDLERS.values():
        with pytest.raises(ResourceError, match="surprise"):
            arguments(kind, {"surprise": 1})


def test_the_state_is_readable_by_its_owner_alone(project: Project) -> None:
    project.deploy("random.RandomPassword('secret', length=8, special=False)\n")

    assert project.state_file.stat().st_mode & 0o777 == 0o600


def test_what_many_put_at_once_is_in_the_file_for_each(tmp_path: Path) -> None:
    state = State(tmp_path / "state.json")

    def put(number: int) -> bool:
        state.put(f"urn:{number}", Entry("type", str(number), "id", "", {}))
        return f"urn:{number}" in State(tmp_path / "state.json").entries

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(put, range(300)))
    assert len(State(tmp_path / "state.json").entries) == 300


def test_values_cross_the_wire_as_they_are() -> None:
    values = {"text": "ä", "number": 7, "half": 0.5, "yes": True, "none": None, "list": [1, "a"], "map": {"k": [{}]}}

    struct = rpc.write(values, secrets=("text",))

    assert rpc.read(struct) == values
    assert rpc.secret_names(struct) == ("text",)


def test_secrets_are_found_however_deep() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": [{"b": {rpc.SIGNATURE: rpc.SECRET, "value": "x"}}], "c": 1})

    assert rpc.secret_names(struct) == ("a",)
    assert rpc.read(struct) == {"a": [{"b": "x"}], "c": 1}


def test_unknown_values_are_found_however_deep() -> None:
    assert rpc.has_unknown({"a": [{"b": rpc.UNKNOWN}]})
    assert not rpc.has_unknown({"a": [{"b": "known"}]})


def test_ignored_inputs_do_not_count_once_the_resource_exists(project: Project) -> None:
    text = (
        "aws.cloudwatch.LogGroup('xi', retention_in_days={days},"
        " opts=pulumi.ResourceOptions(ignore_changes=['retentionInDays']))\n"
    )
    project.deploy(text.format(days=7))
    project.deploy(text.format(days=14))

    assert list(project.log_groups().values()) == [7]
    project.deploy("")
