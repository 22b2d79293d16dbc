"""DeployRole: with its credentials alone a stage is deployed, changed and destroyed, and nothing else is touched."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sallyport.client.stack.local_settings import local_settings
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local import deployment, naming
from sallyport.local.clients import Clients, Target
from sallyport.local.keys import RootKeys
from sallyport.local.state import State
from sallyport.local.tools import ROOT
from tests.local.test_cloud import free_port
from tests.support import project_copy

ISSUER, AUDIENCE = "https://token.actions.githubusercontent.com", "sts.amazonaws.com"
SUBJECT = "repo:example/sign-in:environment:local"
DOMAIN = "sign-in.example.com"
OF_THE_ENGINE = {
    "Effect": "Allow",
    "Action": ["ssm:DeleteParameters", "ssm:GetParameter", "ssm:PutParameter"],
    "Resource": "*",
}
"""What the engine of this machine keeps beside its state; Pulumi has no need of it."""
CHANGED = {
    "revocationSeconds": "20", "logRetentionDays": "30", "keyRotationDays": "20", "poolSignUp": "true",
    "requestsPerSecond": "400", "displayName": "Other", "eventRetentionDays": "400",
    "snapStart": "false", "provisionedConcurrency": "1",
}  # fmt: skip


@dataclass
class Account:
    """An account with the role of a pipeline."""

    stack: LocalStack
    folder: Path
    outputs: dict[str, str]
    zone: str

    @property
    def root(self) -> Clients:
        return Clients(self.stack.cloud.url, self.stack.cloud.keys)

    def assume(self, subject: str = SUBJECT, audience: str = AUDIENCE) -> RootKeys:
        """Return the credentials that a pipeline gets for its token."""
        claims = {"iss": ISSUER, "aud": audience, "sub": subject}
        token = f"{_part({'alg': 'RS256'})}.{_part(claims)}.signature"
        credentials = self.root("sts").assume_role_with_web_identity(
            RoleArn=self.outputs["role_arn"], RoleSessionName="pipeline", WebIdentityToken=token
        )["Credentials"]
        return RootKeys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])

    @property
    def pipeline(self) -> Clients:
        return Clients(self.stack.cloud.url, self.assume())

    @property
    def target(self) -> Target:
        return Target(self.stack.cloud.url, self.assume(), "sallyport", "local", naming.pattern(self.folder))

    def deploy(self, state: State, **changed: str) -> int:
        bounded = {"permissionsBoundary": self.outputs["boundary_arn"]}
        site = {"domain": DOMAIN, "hostedZoneId": self.zone, "webAcl": "true", "alarmMail": "ops@example.com"}
        settings = {**local_settings(self.stack.cloud.url), **bounded, **site, "snapStart": "true", **changed}
        return deployment.deploy(self.folder, self.target, state, settings=settings).changes


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("deploy-role")
    copy = project_copy.copy(folder / "copy")
    stage = copy / "Pulumi.local.yaml"
    stage.write_text(stage.read_text().replace("sallyport:monitoring: false", "sallyport:monitoring: true"))
    stack = LocalStack(folder / "home")
    stack.start(free_port(), lambda _: None)
    try:
        root = Clients(stack.cloud.url, stack.cloud.keys)
        zone = root("route53").create_hosted_zone(Name="example.com", CallerReference="once")["HostedZone"]["Id"]
        yield Account(stack, copy, _role(stack, folder, zone.rpartition("/")[2]), zone.rpartition("/")[2])
    finally:
        stack.stop()


def _role(stack: LocalStack, folder: Path, zone: str) -> dict[str, str]:
    """Deploy `deploy/` as an administrator does."""
    target = Target(stack.cloud.url, stack.cloud.keys, "sallyport-deploy", "local")
    of_stage = {"mailFrom": "sallyport@example.com", "testUser": "true", "hostedZoneId": zone}
    settings = {"subjects": json.dumps([SUBJECT]), **of_stage}
    outputs = deployment.deploy(ROOT / "deploy", target, State(folder / "deploy.json"), settings=settings).run.outputs
    Clients(stack.cloud.url, stack.cloud.keys)("iam").put_role_policy(
        RoleName="deploy-sallyport-local",
        PolicyName="engine",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [OF_THE_ENGINE]}),
    )
    return {name: str(value) for name, value in outputs.items()}


def _part(claims: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")


def left_over(aws: Clients) -> dict[str, list[str]]:
    """Return kind → names of what has the names of the stage."""
    listed: dict[str, Callable[[], list[str]]] = {
        "roles": lambda: [one["RoleName"] for one in aws("iam").list_roles(MaxItems=1000)["Roles"]],
        "functions": lambda: [one["FunctionName"] for one in aws("lambda").list_functions()["Functions"]],
        "layers": lambda: [one["LayerName"] for one in aws("lambda").list_layers()["Layers"]],
        "mappings": lambda: [
            one["FunctionArn"] for one in aws("lambda").list_event_source_mappings()["EventSourceMappings"]
        ],
        "tables": lambda: aws("dynamodb").list_tables()["TableNames"],
        "logs": lambda: [one["logGroupName"] for one in aws("logs").describe_log_groups()["logGroups"]],
        "queues": lambda: aws("sqs").list_queues().get("QueueUrls", []),
        "topics": lambda: [one["TopicArn"] for one in aws("sns").list_topics()["Topics"]],
        "buckets": lambda: [one["Name"] for one in aws("s3").list_buckets()["Buckets"]],
        "pools": lambda: [one["Name"] for one in aws("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]],
        "secrets": lambda: [one["Name"] for one in aws("secretsmanager").list_secrets()["SecretList"]],
        "rules": lambda: [one["Name"] for one in aws("events").list_rules()["Rules"]],
        "buses": lambda: [one["Name"] for one in aws("events").list_event_buses()["EventBuses"]],
        "alarms": lambda: [one["AlarmName"] for one in aws("cloudwatch").describe_alarms()["MetricAlarms"]],
        "dashboards": lambda: [one["DashboardName"] for one in aws("cloudwatch").list_dashboards()["DashboardEntries"]],
        "apis": lambda: [one["Name"] for one in aws("apigatewayv2").get_apis()["Items"]],
        "certificates": lambda: [one["DomainName"] for one in aws("acm").list_certificates()["CertificateSummaryList"]],
        "identities": lambda: [one["IdentityName"] for one in aws("sesv2").list_email_identities()["EmailIdentities"]],
    }
    found = {kind: [name for name in names() if _is_of_stage(name)] for kind, names in listed.items()}
    return {kind: names for kind, names in found.items() if names}


def _is_of_stage(name: str) -> bool:
    return any(one in name for one in ("sallyport-local", "sallyport@", DOMAIN)) and "deploy-sallyport" not in name


def test_a_stage_is_deployed_changed_and_destroyed_by_the_role_alone(account: Account, tmp_path: Path) -> None:
    state = State(tmp_path / "state.json")

    assert account.deploy(state) > 500
    assert account.deploy(state, **CHANGED) > 100
    names = left_over(account.root)["roles"]
    bounds = [account.root("iam").get_role(RoleName=name)["Role"].get("PermissionsBoundary") for name in names]
    assert [one and one["PermissionsBoundaryArn"] for one in bounds] == len(names) * [account.outputs["boundary_arn"]]

    deployment.destroy(account.target, state)

    assert left_over(account.root) == {}


def test_another_pipeline_does_not_get_it(account: Account) -> None:
    for subject, audience in (
        ("repo:example/sign-in:environment:prod", AUDIENCE),
        ("repo:example/sign-in:pull_request", AUDIENCE),
        ("repo:somebody/sign-in:environment:local", AUDIENCE),
        (SUBJECT, "https://github.com/example"),
    ):
        with refused():
            account.assume(subject, audience)
    assert account.assume().session_token


def test_roles_without_the_boundary_or_with_another_name_are_refused(account: Account) -> None:
    iam, boundary = account.pipeline("iam"), account.outputs["boundary_arn"]
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

    with refused():
        iam.create_role(RoleName="sallyport-local-x", AssumeRolePolicyDocument=trust)
    with refused():
        iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
    with refused():
        iam.put_role_policy(RoleName="deploy-sallyport-local", PolicyName="more", PolicyDocument=policy)
    with refused():
        iam.create_policy_version(PolicyArn=boundary, PolicyDocument=policy, SetAsDefault=True)
    account.root("iam").create_role(RoleName="sallyport-local-unbounded", AssumeRolePolicyDocument=trust)
    with refused():
        iam.put_role_policy(RoleName="sallyport-local-unbounded", PolicyName="more", PolicyDocument=policy)
    with refused():
        iam.delete_role_permissions_boundary(RoleName="sallyport-local-unbounded")
    account.root("iam").delete_role(RoleName="sallyport-local-unbounded")


def test_what_another_stage_has_is_out_of_reach(account: Account) -> None:
    root, pipeline = account.root, account.pipeline
    other = {"project": "sallyport", "stage": "prod"}
    tags = [{"Key": key, "Value": value} for key, value in other.items()]
    root("dynamodb").create_table(
        TableName="sallyport-prod-directory-table-1",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = root("kms").create_key(Tags=[{"TagKey": one["Key"], "TagValue": one["Value"]} for one in tags])["KeyMetadata"]
    pool = root("cognito-idp").create_user_pool(PoolName="prod", UserPoolTags=other)["UserPool"]["Id"]
    root("secretsmanager").create_secret(Name="sallyport-prod-secrets-keyset-1", SecretString="x")

    attempts: list[Callable[[], Any]] = [
        lambda: pipeline("dynamodb").delete_table(TableName="sallyport-prod-directory-table-1"),
        lambda: pipeline("dynamodb").scan(TableName="sallyport-prod-directory-table-1"),
        lambda: pipeline("kms").schedule_key_deletion(KeyId=key["Arn"]),
        lambda: pipeline("kms").tag_resource(KeyId=key["Arn"], Tags=[{"TagKey": "stage", "TagValue": "local"}]),
        lambda: pipeline("cognito-idp").delete_user_pool(UserPoolId=pool),
        lambda: pipeline("secretsmanager").get_secret_value(SecretId="sallyport-prod-secrets-keyset-1"),
        lambda: pipeline("s3").create_bucket(Bucket="sallyport-prod-site-files-1"),
        lambda: pipeline("sqs").create_queue(QueueName="sallyport-prod-orders-1"),
        lambda: pipeline("cloudwatch").delete_dashboards(DashboardNames=["sallyport-prod"]),
    ]

    for attempt in attempts:
        with refused():
            attempt()


def test_the_users_of_its_own_stage_are_out_of_reach_too(account: Account) -> None:
    name = "sallyport-local-directory-table-1"
    account.root("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account.root("secretsmanager").create_secret(Name="sallyport-local-secrets-keyset-1", SecretString="x")
    dynamodb, secrets = account.pipeline("dynamodb"), account.pipeline("secretsmanager")

    assert "Item" not in dynamodb.get_item(TableName=name, Key={"pk": {"S": "user#decoy"}})
    with refused():
        dynamodb.get_item(TableName=name, Key={"pk": {"S": "user#ada"}})
    with refused():
        dynamodb.scan(TableName=name)
    with refused():
        secrets.get_secret_value(SecretId="sallyport-local-secrets-keyset-1")
    with refused():
        secrets.update_secret(SecretId="sallyport-local-secrets-keyset-1", SecretString="y")
    account.root("dynamodb").delete_table(TableName=name)
    account.root("secretsmanager").delete_secret(SecretId="sallyport-local-secrets-keyset-1")
