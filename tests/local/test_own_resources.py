"""Resources that a user of the stack adds: optional inputs are optional, and the resources work."""

import json
from pathlib import Path

import pytest

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.resources import HANDLERS
from sallyport.local.resources.resource_handler import inputs_of
from sallyport.local.tools import ROOT
from tests.local.test_engine import Project

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def project(tmp_path: Path, stack: LocalStack) -> Project:
    return Project(tmp_path, stack)


TABLES = {
    "hash key alone": "aws.dynamodb.Table('t', attributes=[{'name': 'id', 'type': 'S'}], hash_key='id',"
    " billing_mode='PAY_PER_REQUEST')",
    "provisioned": "aws.dynamodb.Table('t', attributes=[{'name': 'id', 'type': 'S'}], hash_key='id',"
    " read_capacity=1, write_capacity=1)",
    "indexes": "aws.dynamodb.Table('t', name='own-table', billing_mode='PAY_PER_REQUEST', hash_key='pk',"
    " range_key='sk', attributes=[{'name': n, 'type': 'S'} for n in ('pk', 'sk', 'email', 'at')],"
    " global_secondary_indexes=[{'name': 'by-email', 'hash_key': 'email', 'range_key': 'at',"
    " 'projection_type': 'INCLUDE', 'non_key_attributes': ['sk']}],"
    " local_secondary_indexes=[{'name': 'by-time', 'range_key': 'at', 'projection_type': 'ALL'}],"
    " stream_enabled=True, stream_view_type='NEW_AND_OLD_IMAGES', ttl={'attribute_name': 'ttl', 'enabled': True},"
    " point_in_time_recovery={'enabled': True}, server_side_encryption={'enabled': True}, tags={'a': 'b'})",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_tables_as_people_write_them(project: Project, text: str) -> None:
    run, _ = project.deploy(f"t = {text}\npulumi.export('name', t.name)\npulumi.export('arn', t.arn)\n")

    table = project.aws("dynamodb").describe_table(TableName=run.outputs["name"])["Table"]
    assert table["TableArn"] == run.outputs["arn"]
    assert project.deploy("")
    assert run.outputs["name"] not in project.aws("dynamodb").list_tables()["TableNames"]


def test_a_table_that_changes_keeps_its_items(project: Project) -> None:
    """Everything but its keys can change: recovery, streams, indexes, protection, tags."""
    head = "t = aws.dynamodb.Table('t', billing_mode='PAY_PER_REQUEST', hash_key='id', attributes=["
    plain = head + "{'name': 'id', 'type': 'S'}])\npulumi.export('name', t.name)\n"
    changed = (
        head + "{'name': 'id', 'type': 'S'}, {'name': 'email', 'type': 'S'}], stream_enabled=True,"
        " stream_view_type='NEW_IMAGE', point_in_time_recovery={'enabled': True}, tags={'a': 'b'},"
        " ttl={'attribute_name': 'until', 'enabled': True}, global_secondary_indexes=[{'name': 'by-email',"
        " 'hash_key': 'email', 'projection_type': 'ALL'}])\n"
        "pulumi.export('name', t.name)\npulumi.export('stream', t.stream_arn)\n"
    )
    name = project.deploy(plain)[0].outputs["name"]
    item = {"id": {"S": "1"}, "email": {"S": "a@example.com"}}
    project.aws("dynamodb").put_item(TableName=name, Item=item)

    for text in (changed, plain, changed):
        run, _ = project.deploy(text)
        assert project.aws("dynamodb").scan(TableName=name)["Items"] == [item]

    assert run.outputs["stream"]
    table = project.aws("dynamodb").describe_table(TableName=name)["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-email"]
    project.deploy("")


BUCKET = """
bucket = aws.s3.Bucket('files', force_destroy=True, tags={'team': 'books'})
aws.s3.BucketVersioning('v', bucket=bucket.id, versioning_configuration={'status': 'Enabled'})
aws.s3.BucketPublicAccessBlock('b', bucket=bucket.id, block_public_acls=True, block_public_policy=True,
    ignore_public_acls=True, restrict_public_buckets=True)
aws.s3.BucketServerSideEncryptionConfiguration('e', bucket=bucket.id,
    rules=[{'apply_server_side_encryption_by_default': {'sse_algorithm': 'AES256'}}])
aws.s3.BucketOwnershipControls('o', bucket=bucket.id, rule={'object_ownership': 'BucketOwnerEnforced'})
aws.s3.BucketLifecycleConfiguration('l', bucket=bucket.id, rules=[{'id': 'old', 'status': 'Enabled',
    'filter': {'prefix': 'tmp/'}, 'expiration': {'days': 7}}])
aws.s3.BucketCorsConfiguration('c', bucket=bucket.id, cors_rules=[{'allowed_methods': ['GET'],
    'allowed_origins': ['https://app.example.com'], 'allowed_headers': ['*'], 'max_age_seconds': 60}])
aws.s3.BucketPolicy('p', bucket=bucket.id, policy=bucket.arn.apply(lambda arn: json.dumps({'Version': '2012-10-17',
    'Statement': [{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:*', 'Resource': [arn, arn + '/*'],
    'Condition': {'Bool': {'aws:SecureTransport': 'false'}, 'StringEquals': {'aws:PrincipalTag/x': 'y'}}}]})))
queue = aws.sqs.Queue('new-files')
let = aws.sqs.QueuePolicy('let-bucket', queue_url=queue.url, policy=pulumi.Output.json_dumps({'Version': '2012-10-17',
    'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 's3.amazonaws.com'}, 'Action': 'sqs:SendMessage',
    'Resource': queue.arn, 'Condition': {'ArnEquals': {'aws:SourceArn': bucket.arn}}}]}))
aws.s3.BucketNotification('n', bucket=bucket.id, queues=[{'queue_arn': queue.arn, 'events': ['s3:ObjectCreated:*'],
    'filter_suffix': '.txt'}], opts=pulumi.ResourceOptions(depends_on=[let]))
aws.s3.BucketObject('readme', bucket=bucket.id, key='readme.txt', content='hello')
pulumi.export('bucket', bucket.bucket)
pulumi.export('queue', queue.url)
"""


def test_a_bucket_and_its_companions(project: Project) -> None:
    run, _ = project.deploy("import json\n" + BUCKET)
    s3, name = project.aws("s3"), str(run.outputs["bucket"])

    assert s3.get_object(Bucket=name, Key="readme.txt")["Body"].read() == b"hello"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"]["Days"] == 7
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["AllowedOrigins"] == ["https://app.example.com"]
    s3.put_object(Bucket=name, Key="new.txt", Body=b"x")
    message = project.aws("sqs").receive_message(QueueUrl=run.outputs["queue"], WaitTimeSeconds=20)["Messages"][0]
    assert '"s3:TestEvent"' in message["Body"] or "ObjectCreated" in message["Body"]
    changed = BUCKET.replace("'team': 'books'", "'team': 'films'")
    project.deploy("import json\n" + changed)
    assert s3.get_object(Bucket=name, Key="new.txt")["Body"].read() == b"x", "its objects stay"
    project.deploy("")
    assert name not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


MESSAGES = """
topic = aws.sns.Topic('news')
fifo = aws.sns.Topic('ordered', fifo_topic=True)
queue = aws.sqs.Queue('inbox', visibility_timeout_seconds=60)
ordered = aws.sqs.Queue('in-order', fifo_queue=True, content_based_deduplication=True)
named = aws.sqs.Queue('named', name='own-queue')
aws.sqs.QueuePolicy('let-topic', queue_url=queue.url, policy=pulumi.Output.json_dumps({'Version': '2012-10-17',
    'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'sns.amazonaws.com'}, 'Action': 'sqs:SendMessage',
    'Resource': queue.arn, 'Condition': {'ArnEquals': {'aws:SourceArn': topic.arn}}}]}))
aws.sns.TopicSubscription('to-queue', topic=topic.arn, protocol='sqs', endpoint=queue.arn, raw_message_delivery=True)
bus = aws.cloudwatch.EventBus('app')
rule = aws.cloudwatch.EventRule('orders', event_bus_name=bus.name,
    event_pattern=json.dumps({'source': ['shop']}))
aws.cloudwatch.EventTarget('to-named', rule=rule.name, event_bus_name=bus.name, arn=named.arn)
aws.sqs.QueuePolicy('let-bus', queue_url=named.url, policy=pulumi.Output.json_dumps({'Version': '2012-10-17',
    'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'events.amazonaws.com'}, 'Action': 'sqs:SendMessage',
    'Resource': named.arn}]}))
for name, value in {'topic': topic.arn, 'queue': queue.url, 'bus': bus.name, 'named': named.url}.items():
    pulumi.export(name, value)
"""


def test_topics_queues_and_buses_deliver(project: Project) -> None:
    run, _ = project.deploy("import json\n" + MESSAGES)
    sns, sqs, events = (project.aws(name) for name in ("sns", "sqs", "events"))

    sns.publish(TopicArn=run.outputs["topic"], Message="hello")
    entry = {"Source": "shop", "DetailType": "order", "Detail": "{}", "EventBusName": run.outputs["bus"]}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def received(queue: str) -> str:
        found = sqs.receive_message(QueueUrl=run.outputs[queue], WaitTimeSeconds=20)
        return str(found["Messages"][0]["Body"])

    assert received("queue") == "hello"
    assert json.loads(received("named"))["source"] == "shop"
    project.deploy("import json\n" + MESSAGES.replace("visibility_timeout_seconds=60", "visibility_timeout_seconds=90"))
    attributes = sqs.get_queue_attributes(QueueUrl=run.outputs["queue"], AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "90"
    project.deploy("")


WATCHED = """
aws.ssm.Parameter('plain', name='/app/plain', type='String', value='1')
aws.ssm.Parameter('secret', type='SecureString', value='2', tags={'a': 'b'})
topic = aws.sns.Topic('alarms')
aws.cloudwatch.MetricAlarm('errors', comparison_operator='GreaterThanThreshold', evaluation_periods=1,
    metric_name='Errors', namespace='AWS/Lambda', period=60, statistic='Sum', threshold=0,
    dimensions={'FunctionName': 'x'}, alarm_actions=[topic.arn], treat_missing_data='notBreaching')
aws.cloudwatch.Dashboard('board', dashboard_name='app', dashboard_body=json.dumps({'widgets': []}))
aws.cloudwatch.LogGroup('quiet')
key = aws.kms.Key('own')
aws.kms.Alias('alias', name='alias/own', target_key_id=key.id)
secret = aws.secretsmanager.Secret('own-secret', recovery_window_in_days=0)
aws.secretsmanager.SecretVersion('own-value', secret_id=secret.id, secret_string='x')
suffix = random.RandomId('suffix', byte_length=4)
random.RandomPassword('special', length=16)
pool = aws.cognito.UserPool('own-pool')
aws.cognito.UserPoolClient('own-client', user_pool_id=pool.id)
pulumi.export('suffix', suffix.hex)
"""


def test_parameters_alarms_keys_and_pools(project: Project) -> None:
    run, _ = project.deploy("import json\n" + WATCHED)

    assert len(run.outputs["suffix"]) == 8
    assert project.aws("ssm").get_parameter(Name="/app/plain")["Parameter"]["Value"] == "1"
    alarms = project.aws("cloudwatch").describe_alarms()["MetricAlarms"]
    assert any(alarm["MetricName"] == "Errors" for alarm in alarms)
    project.deploy("import json\n" + WATCHED.replace("value='1'", "value='3'"))
    assert project.aws("ssm").get_parameter(Name="/app/plain")["Parameter"]["Value"] == "3"
    project.deploy("")


CODES = ["pulumi.FileArchive('app')", "pulumi.AssetArchive({'app.py': pulumi.FileAsset('app/app.py')})"]
CODES += ["pulumi.AssetArchive({'.': pulumi.FileArchive('./app'), 'x.txt': pulumi.StringAsset('x')})"]
FUNCTION = """
role = aws.iam.Role('role', assume_role_policy=TRUST)
policy = aws.iam.Policy('policy', policy=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow',
    'Action': 's3:ListAllMyBuckets', 'Resource': '*'}]}))
aws.iam.RolePolicyAttachment('attach', role=role.name, policy_arn=policy.arn)
function = aws.lambda_.Function('f', runtime='python3.13', handler='app.handler', role=role.arn,
    code={code})
pulumi.export('f', function.name)
"""


@pytest.mark.parametrize("code", CODES)
def test_a_function_as_people_write_it(project: Project, code: str) -> None:
    (project.folder / "app").mkdir()
    (project.folder / "app" / "app.py").write_text("def handler(event, context):\n    return 'hello'\n")

    run, _ = project.deploy(f"import json\nTRUST = {json.dumps(TRUST)!r}\n" + FUNCTION.replace("{code}", code))

    answer = project.aws("lambda").invoke(FunctionName=run.outputs["f"])
    assert json.loads(answer["Payload"].read()) == "hello"
    project.deploy("")


def test_a_name_that_something_else_has_is_refused_and_that_is_left_alone(project: Project) -> None:
    table = "aws.dynamodb.Table('t', name='taken', attributes=[{'name': 'id', 'type': 'S'}], hash_key='id',"
    table += " billing_mode='PAY_PER_REQUEST')\n"
    project.aws("dynamodb").create_table(
        TableName="taken",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    project.aws("dynamodb").put_item(TableName="taken", Item={"id": {"S": "1"}})

    for _ in range(2):
        assert "taken is there already" in project.faults(table)

    assert project.aws("dynamodb").scan(TableName="taken")["Count"] == 1


def test_what_is_not_handled_is_named_with_the_page_that_helps(project: Project) -> None:
    said = project.faults("aws.efs.FileSystem('files')\naws.sns.Topic('t', archive_policy='{}')\n")

    assert "does not handle aws:efs/fileSystem:FileSystem (docs/local-resources.md" in said
    assert "does not handle: archive_policy (docs/local-resources.md" in said


def test_the_page_lists_every_kind_with_its_inputs() -> None:
    page = (ROOT / "docs" / "local-resources.md").read_text()

    for token, kind in HANDLERS.items():
        provider, path, name = token.split(":")
        module = path.split("/")[0].replace("lambda", "lambda_")
        called = f"{provider}.{module}.{name}" if provider == "aws" else f"{provider}.{name}"
        called = "aws.Provider" if token == "pulumi:providers:aws" else called
        inputs = ", ".join(f"`{one}`" for one in sorted(inputs_of(kind)))
        assert f"| `{called}` | {inputs} |" in page, f"| `{called}` | {inputs} |"


def test_another_name_is_another_resource(project: Project) -> None:
    """Given, changed, and taken back; what the program warns of is heard."""
    queue = "q = aws.sqs.Queue('q'{})\npulumi.export('name', q.name)\n"

    names = [
        str(project.deploy(queue.format(given))[0].outputs["name"])
        for given in (", name='one'", ", name='two'", "", ", fifo_queue=True", ", fifo_queue=True")
    ]

    assert names[:2] == ["one", "two"]
    assert names[2].startswith("q-")
    assert names[3] == names[4] == f"{names[2]}.fifo"
    urls = project.aws("sqs").list_queues(QueueNamePrefix="q-").get("QueueUrls", [])
    assert [url.rsplit("/", 1)[1] for url in urls] == [names[3]]
    project.deploy("")


def test_a_role_a_secret_and_a_log_keep_what_they_have_when_they_change(project: Project) -> None:
    text = (
        f"import json\nTRUST = {json.dumps(TRUST)!r}\n"
        "role = aws.iam.Role('r', assume_role_policy=TRUST, description='WHAT')\n"
        "aws.iam.RolePolicy('p', role=role.name, policy=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect':"
        " 'Allow', 'Action': 'a:b', 'Resource': '*'}]}))\n"
        "secret = aws.secretsmanager.Secret('s', description='WHAT')\n"
        "aws.secretsmanager.SecretVersion('v', secret_id=secret.id, secret_string='kept')\n"
        "log = aws.cloudwatch.LogGroup('xlog', retention_in_days=DAYS)\n"
        "for name, value in {'role': role.name, 'secret': secret.id, 'log': log.name}.items():\n"
        "    pulumi.export(name, value)\n"
    )

    def said(what: str, days: int) -> str:
        return text.replace("WHAT", what).replace("DAYS", str(days))

    outputs = project.deploy(said("one", 7))[0].outputs
    logs = project.aws("logs")
    logs.create_log_stream(logGroupName=outputs["log"], logStreamName="a")

    assert project.deploy(said("two", 14))[0].outputs == outputs

    assert project.aws("iam").list_role_policies(RoleName=outputs["role"])["PolicyNames"]
    assert project.aws("secretsmanager").get_secret_value(SecretId=outputs["secret"])["SecretString"] == "kept"
    assert logs.describe_log_streams(logGroupName=outputs["log"])["logStreams"]
    assert "PutRetentionPolicy" in project.faults(said("two", 2))
    assert logs.describe_log_streams(logGroupName=outputs["log"])["logStreams"]
    project.deploy("")


@pytest.mark.parametrize(
    "text",
    [
        "aws.s3.Bucket('b', bucket='foreign-bucket', force_destroy=True)",
        "aws.sqs.Queue('q', name='foreign')",
        "aws.sns.Topic('t', name='foreign')",
    ],
)
def test_what_aws_would_give_to_anybody_who_asks_is_not_taken_over(project: Project, text: str) -> None:
    """These are created again without a word, and would be deleted with this program."""
    project.aws("s3").create_bucket(Bucket="foreign-bucket")
    project.aws("sqs").create_queue(QueueName="foreign")
    project.aws("sns").create_topic(Name="foreign")

    assert "is there already" in project.faults(text + "\n")

    project.aws("s3").delete_bucket(Bucket="foreign-bucket")


def test_a_bucket_that_is_renamed_takes_its_companions_along(project: Project) -> None:
    text = (
        "b = aws.s3.Bucket('b', bucket='{}')\n"
        "aws.s3.BucketPublicAccessBlock('p', bucket=b.id, block_public_acls=True)\n"
    )
    project.deploy(text.format("first-name"))
    project.deploy(text.format("second-name"))

    names = {bucket["Name"] for bucket in project.aws("s3").list_buckets()["Buckets"]}
    assert "second-name" in names
    assert "first-name" not in names
    project.deploy("")


def test_what_cannot_be_deleted_is_a_fault_like_any_other(project: Project) -> None:
    project.deploy("b = aws.s3.Bucket('b', bucket='not-empty')\n")
    project.aws("s3").put_object(Bucket="not-empty", Key="a", Body=b"x")

    assert "BucketNotEmpty" in project.faults("")

    project.aws("s3").delete_object(Bucket="not-empty", Key="a")
    project.deploy("")


def test_policy_documents_and_the_region_are_answered(project: Project) -> None:
    text = (
        "document = aws.iam.get_policy_document_output(statements=[{'actions': ['s3:GetObject'], 'resources': ['*'],"
        " 'conditions': [{'test': 'Bool', 'variable': 'aws:SecureTransport', 'values': ['true']}]},"
        " {'effect': 'Deny', 'actions': ['a:b', 'a:c'], 'resources': ['x'],"
        " 'principals': [{'type': 'AWS', 'identifiers': ['*']}]}])\n"
        "pulumi.export('json', document.json)\n"
        "pulumi.export('region', aws.get_region_output().region)\n"
    )

    outputs = project.deploy(text)[0].outputs

    allow, deny = json.loads(outputs["json"])["Statement"]
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    assert allow == {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    assert deny == {"Effect": "Deny", "Action": ["a:b", "a:c"], "Resource": "x", "Principal": {"AWS": "*"}}
    assert outputs["region"] == "us-east-1"


def test_a_key_may_have_a_reserved_name(project: Project) -> None:
    run, _ = project.deploy(
        "t = aws.dynamodb.Table('t', attributes=[{'name': 'name', 'type': 'S'}], hash_key='name',"
        " billing_mode='PAY_PER_REQUEST')\n"
        "aws.dynamodb.TableItem('i', table_name=t.name, hash_key='name', item='{\"name\": {\"S\": \"x\"}}')\n"
        "pulumi.export('table', t.name)\n"
    )
    assert project.aws("dynamodb").scan(TableName=run.outputs["table"])["Items"] == [{"name": {"S": "x"}}]
    project.deploy("")
