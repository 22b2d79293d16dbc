"""The stack on one page: settings → components → outputs."""

from dataclasses import replace

import pulumi

from components import settings as configuration
from components.accounts import Accounts
from components.auth_api import AuthApi, AuthApiArgs
from components.edge import Edge
from components.events import Events
from components.function import Functions
from components.http_api import HttpApi
from components.key_rotation import KeyRotation
from components.mail import Mail
from components.mfa import Mfa
from components.monitoring import Monitoring, MonitoringArgs
from components.operators import Operators
from components.orders import Orders
from components.packaging import Package
from components.private_bucket import PrivateBucket
from components.secret_store import SecretStore
from components.user_directory import UserDirectory
from components.user_pool import TEST_USER
from components.website import Website

settings = configuration.load()

package = Package("package", settings)
secrets = SecretStore("secrets", settings)
api = HttpApi("api", settings)
edge = Edge("edge", settings)
site_files = PrivateBucket("site-files", settings)
events = Events("events", settings, Functions(package, settings, secrets.key_arn, edge), secrets)
functions = events.subscribed
directory = UserDirectory("directory", settings, functions, secrets)
rotation = KeyRotation("rotation", settings, functions, secrets, directory, site_files)
mail = Mail("mail", settings) if settings.confirm_email else None
mfa = Mfa(settings, secrets, directory, mail)
website = Website("site", settings, site_files, edge, api, directory.pool)
functions = replace(functions, closes_api=website.closes_api)
auth_api = AuthApi(
    "auth",
    AuthApiArgs(
        settings=settings,
        api=api,
        website=website,
        functions=functions,
        secrets=secrets,
        directory=directory,
        mail=mail,
        mfa=mfa,
    ),
)
orders = Orders("orders", settings, functions, secrets, auth_api)
accounts = Accounts("accounts", settings, functions, secrets, directory, events, mfa, mail, auth_api, website)
operators = Operators("operators", functions, secrets, directory, mfa, accounts)
auth_api.refuse_unserved()
if settings.monitoring:
    watched = MonitoringArgs(settings=settings, secrets=secrets, functions=functions, table=directory.table)
    pulumi.export("alarms_topic_arn", Monitoring("monitoring", watched).topic_arn)

pulumi.export("site_url", website.url)
pulumi.export("api_url", auth_api.api_url)
pulumi.export("issuer", auth_api.api_url)
pulumi.export("jwks_url", pulumi.Output.format("{0}/.well-known/jwks.json", auth_api.api_url))
pulumi.export("hello_url", pulumi.Output.format("{0}/hello", auth_api.api_url))
pulumi.export("orders_url", pulumi.Output.format("{0}/orders", auth_api.api_url))
pulumi.export("user_pool_id", directory.pool.id)
pulumi.export("user_pool_issuer", directory.pool.issuer)
pulumi.export("user_pool_jwks_url", directory.pool.jwks_url)
pulumi.export("hosted_ui_url", directory.pool.hosted_ui_url)
pulumi.export("terminal_client_id", directory.pool.terminal.id)
pulumi.export("server_client_id", directory.pool.server.id)
pulumi.export("server_client_secret", pulumi.Output.secret(directory.pool.server.client_secret))
pulumi.export("machine_client_id", directory.pool.machine.id)
pulumi.export("machine_client_secret", pulumi.Output.secret(directory.pool.machine.client_secret))
pulumi.export("callback_urls", " ".join(settings.callback_urls))
pulumi.export("table_name", directory.table_name)
pulumi.export("manage_users_function", operators.manage_users_function)
pulumi.export("import_users_function", operators.import_users_function)
pulumi.export("export_users_function", operators.export_users_function)
pulumi.export("check_providers_function", operators.check_providers_function)
pulumi.export("orders_dead_letters_arn", orders.dead_letters_arn)
pulumi.export("events_log_group", events.log_group_name)
pulumi.export("event_bus_arn", events.bus_arn)
pulumi.export("watched", functions.watched.output(settings.metrics_namespace))
pulumi.export("gate_arn", auth_api.gate_arn)
pulumi.export("revocation_seconds", str(settings.revocation_seconds))
pulumi.export("region", settings.region)
pulumi.export("stage", settings.stage)
if directory.pool.test_password is not None:
    pulumi.export("test_user_name", TEST_USER)
    pulumi.export("test_user_password", pulumi.Output.secret(directory.pool.test_password))
