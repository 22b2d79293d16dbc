"""Durability of the embedded AWS: every acknowledged write is there again after it was killed."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sallyport.local.clients import Clients
from sallyport.local.cloud import Cloud, CloudFailed, _started
from tests.local.test_cloud import Terminal, free_port, sign_up
from tests.support.function_code import zipped
from tests.support.handlers import PASSWORD

PATIENCE_SECONDS = 60


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """An embedded AWS of its own, with nothing in it."""
    one = Cloud(tmp_path / "cloud")
    one.start(free_port())
    yield one
    one.stop()


def kill(cloud: Cloud) -> None:
    pid = cloud.pid or 0
    os.kill(pid, signal.SIGKILL)
    if pid in _started:  # by this process
        _started.pop(pid).wait()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while cloud.is_up and time.monotonic() < deadline:
        time.sleep(0.01)


def restarted(cloud: Cloud, how: str) -> Clients:
    kill(cloud) if how == "kill" else cloud.stop()
    cloud.start()
    return Clients(cloud.url, cloud.keys)


def make_table(aws: Clients, *, stream: bool = False) -> None:
    extra: dict[str, Any] = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
    aws("dynamodb").create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        **(extra if stream else {}),
    )


def thing(name: str, **more: Any) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "x"}, **more}


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_every_acknowledged_write_of_an_item_is_there_again(cloud: Cloud, how: str) -> None:
    dynamodb = Clients(cloud.url, cloud.keys)("dynamodb")
    make_table(Clients(cloud.url, cloud.keys))
    for number in range(20):
        dynamodb.put_item(TableName="things", Item=thing(f"put {number}", bytes={"B": b"\0\xff"}))
    dynamodb.delete_item(TableName="things", Key=thing("put 0"))
    update = {"UpdateExpression": "ADD seen :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    dynamodb.update_item(TableName="things", Key=thing("put 1"), **update)
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "things", "Item": thing("together")}},
            {"Delete": {"TableName": "things", "Key": thing("put 2")}},
        ]
    )
    dynamodb.batch_write_item(RequestItems={"things": [{"PutRequest": {"Item": thing("batch")}}]})
    before = dynamodb.scan(TableName="things")["Items"]

    after = restarted(cloud, how)("dynamodb").scan(TableName="things")["Items"]

    assert len(before) == 20
    assert sorted(after, key=str) == sorted(before, key=str)


def test_two_kills_lose_nothing_either(cloud: Cloud) -> None:
    make_table(Clients(cloud.url, cloud.keys))
    for number in range(3):
        Clients(cloud.url, cloud.keys)("dynamodb").put_item(TableName="things", Item=thing(str(number)))
        restarted(cloud, "kill")

    items = Clients(cloud.url, cloud.keys)("dynamodb").scan(TableName="things")["Items"]

    assert {item["pk"]["S"] for item in items} == {"0", "1", "2"}


def test_a_line_that_was_cut_off_is_left_out_and_nothing_else(cloud: Cloud) -> None:
    make_table(Clients(cloud.url, cloud.keys))
    Clients(cloud.url, cloud.keys)("dynamodb").put_item(TableName="things", Item=thing("whole"))
    kill(cloud)
    (journal,) = (cloud.folder / "state").glob("*.journal")
    with journal.open("a") as file:
        file.write('{"changes": [["0000')

    cloud.start()

    items = Clients(cloud.url, cloud.keys)("dynamodb").scan(TableName="things")["Items"]
    assert items == [thing("whole")]


def test_other_services_keep_what_they_have_acknowledged(cloud: Cloud) -> None:
    aws = Clients(cloud.url, cloud.keys)
    pool = aws("cognito-idp").create_user_pool(PoolName="pool")["UserPool"]["Id"]
    aws("cognito-idp").admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    encrypted = aws("kms").encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    secret = aws("secretsmanager").create_secret(Name="secret", SecretString="1")["ARN"]
    aws("secretsmanager").put_secret_value(SecretId=secret, SecretString="2")
    queue = aws("sqs").create_queue(QueueName="queue")["QueueUrl"]
    aws("sqs").send_message(QueueUrl=queue, MessageBody="waiting")
    aws("s3").create_bucket(Bucket="bucket")
    aws("s3").put_object(Bucket="bucket", Key="a/b", Body=b"content")
    aws("sesv2").create_email_identity(EmailIdentity="a@example.com")

    aws = restarted(cloud, "kill")

    assert aws("cognito-idp").admin_get_user(UserPoolId=pool, Username="ada")["Username"] == "ada"
    assert aws("kms").decrypt(CiphertextBlob=encrypted)["Plaintext"] == b"text"
    assert aws("secretsmanager").get_secret_value(SecretId=secret)["SecretString"] == "2"
    assert aws("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "waiting"
    assert aws("s3").get_object(Bucket="bucket", Key="a/b")["Body"].read() == b"content"
    assert aws("sesv2").get_email_identity(EmailIdentity="a@example.com")["VerifiedForSendingStatus"]


def test_code_that_came_back_outlives_a_kill(cloud: Cloud) -> None:
    """Its file was deleted meanwhile, because no function had the code any more."""
    aws = Clients(cloud.url, cloud.keys)
    lambda_ = aws("lambda")
    one, other = (zipped("code.py", f"def handler(event, context): return {number}") for number in range(2))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws("iam").create_role(RoleName="any", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    lambda_.create_function(
        FunctionName="any", Runtime="python3.13", Role=role, Handler="code.handler", Code={"ZipFile": one}
    )
    for code in (other, one):
        known = lambda_.update_function_code(FunctionName="any", ZipFile=code)["CodeSha256"]

    lambda_ = restarted(cloud, "kill")("lambda")

    assert lambda_.get_function_configuration(FunctionName="any")["CodeSha256"] == known
    assert lambda_.invoke(FunctionName="any", Payload=b"{}")["Payload"].read() == b"0"


def test_a_damaged_state_is_not_replaced_by_nothing(cloud: Cloud) -> None:
    make_table(Clients(cloud.url, cloud.keys))
    cloud.stop()
    state = cloud.folder / "state" / "dynamodb.json"
    whole = state.read_text()
    state.write_text(whole[:-10])

    with pytest.raises(CloudFailed, match=r"dynamodb.json cannot be read"):
        cloud.start()

    assert state.read_text() == whole[:-10]
    state.write_text(whole)
    cloud.start()
    assert Clients(cloud.url, cloud.keys)("dynamodb").list_tables()["TableNames"] == ["things"]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A whole stack of its own, with a user and orders."""
    terminal = Terminal(tmp_path_factory.mktemp("durability") / "home")
    try:
        assert terminal.run("up", "--detach", "--port", str(free_port())).returncode == 0
        sign_up(terminal)
        assert_smoke(terminal)
        yield terminal
    finally:
        terminal.stack.stop()


def test_users_orders_and_sessions_outlive_a_kill_and_up_says_so(deployed: Terminal) -> None:
    """Orders too: what a stream held, and what its reader had read, belong together."""
    kill(deployed.stack.cloud)

    again = deployed.run("up", "--detach")

    assert again.returncode == 0, again.stderr
    assert "was killed" in again.stderr
    assert "users in pools: 1" in again.stderr
    assert "made anew" not in again.stderr
    assert signed_in(deployed).returncode == 0
    assert_smoke(deployed)


def test_users_and_addresses_outlive_a_stop(deployed: Terminal) -> None:
    api = deployed.stack.state.outputs["api_url"]
    assert deployed.run("down").returncode == 0
    assert deployed.run("status").returncode == 1

    again = deployed.run("up", "--detach")

    assert again.returncode == 0, again.stderr
    assert "killed" not in again.stderr
    assert "made anew" not in again.stderr
    assert deployed.stack.state.outputs["api_url"] == api
    assert signed_in(deployed).returncode == 0


def test_nothing_outlives_a_wipe(cloud: Cloud, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    make_table(Clients(cloud.url, cloud.keys))
    terminal.stack.state.save()
    assert (tmp_path / "stack.json").exists()

    assert terminal.run("down", "--wipe").returncode == 0

    assert not cloud.is_up
    assert not (cloud.folder / "state").exists()
    assert not (tmp_path / "stack.json").exists()


def signed_in(terminal: Terminal) -> "subprocess.CompletedProcess[str]":
    return terminal.run("signin", "--email", "ada@example.com", SALLYPORT_PASSWORD=PASSWORD)


def assert_smoke(terminal: Terminal) -> None:
    smoke = terminal.run("smoke")
    assert smoke.returncode == 0, smoke.stdout + smoke.stderr


def test_a_damaged_stack_file_is_said_in_a_line_and_kept(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home")
    file = tmp_path / "home" / "stack.json"
    file.parent.mkdir()
    file.write_text('{"generation": "1", "resour')

    for command in (["status"], ["output"], ["up", "--detach", "--port", str(free_port())], ["logs"]):
        done = terminal.run(*command)

        assert done.returncode == 2, done.stderr
        assert "is damaged" in done.stderr
        assert "down --wipe" in done.stderr
        assert "Traceback" not in done.stderr
    assert file.read_text() == '{"generation": "1", "resour'
    assert terminal.run("down", "--wipe").returncode == 0
    assert not file.exists()


def test_a_stack_whose_file_is_gone_is_not_wiped(deployed: Terminal) -> None:
    file = deployed.stack.home / "stack.json"
    whole = file.read_text()
    file.unlink()
    try:
        refused = deployed.run("up", "--detach")
    finally:
        file.write_text(whole)

    assert refused.returncode == 2
    assert "does not know" in refused.stderr
    assert deployed.run("up", "--detach").returncode == 0
    assert len(deployed.stack.state.entries) == len(json.loads(whole)["resources"])
    assert signed_in(deployed).returncode == 0


def test_journals_are_applied_though_a_number_is_missing_and_never_written_again(cloud: Cloud) -> None:
    """A number is taken before the state is written: after a kill in between, no file may bear the one before."""
    aws = Clients(cloud.url, cloud.keys)
    make_table(aws)
    aws("dynamodb").put_item(TableName="things", Item=thing("kept", value={"S": "old"}))
    kill(cloud)
    (journal,) = (cloud.folder / "state").glob("*.journal")
    number = int(journal.suffixes[0][1:])
    journal.rename(journal.with_name(f"dynamodb.{number + 1}.journal"))

    cloud.start()
    aws = Clients(cloud.url, cloud.keys)
    assert aws("dynamodb").scan(TableName="things")["Items"] == [thing("kept", value={"S": "old"})]
    aws("dynamodb").put_item(TableName="things", Item=thing("kept", value={"S": "new"}))
    arn = aws("dynamodb").describe_table(TableName="things")["Table"]["TableArn"]
    aws("dynamodb").tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])

    after = restarted(cloud, "kill")("dynamodb").scan(TableName="things")["Items"]
    assert after == [thing("kept", value={"S": "new"})]


def test_a_first_deployment_that_was_killed_begins_anew(tmp_path: Path) -> None:
    """What AWS had made and the stack's file did not know would collide for ever."""
    terminal = Terminal(tmp_path / "home")
    log = tmp_path / "log"
    up = terminal.start("up", "--detach", "--port", str(free_port()), log=log)
    deadline = time.monotonic() + PATIENCE_SECONDS
    file = tmp_path / "home" / "stack.json"
    while "auth-api" not in (file.read_text() if file.exists() else "") and time.monotonic() < deadline:
        time.sleep(0.02)
    up.kill()
    up.wait()
    terminal.stack.stop()
    state = terminal.stack.state
    state.drop(next(urn for urn, entry in state.entries.items() if entry.name == "auth-api"))
    try:
        again = terminal.run("up", "--detach")

        assert again.returncode == 0, again.stderr
        assert "it begins anew" in again.stderr
        sign_up(terminal)
        assert signed_in(terminal).returncode == 0
    finally:
        terminal.stack.stop()
