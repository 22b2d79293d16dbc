"""DirectoryTable: the DynamoDB table of the directory, and every grant of its items."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.policy import Policy
from components.secret_store import SecretStore
from components.settings import Settings
from contract import table

GET, PUT, UPDATE, DELETE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"
QUERY, CHECK, BATCH_GET = "dynamodb:Query", "dynamodb:ConditionCheckItem", "dynamodb:BatchGetItem"

# The password of an unknown address is checked against this hash, so that the work is the same as for a known one.
# Nobody knows the hashed password and no handler accepts it; the parameters are those of
# `handlers/core/accounts/passwords.py`.
DECOY_USER_ID = "decoy"
DECOY_PHC = "$argon2id$v=19$m=19456,t=2,p=1$n2H2xFt7HL9AILervVWkUA$ZgDgjthtjQINcI32qgmh3a//hUSRREJ0Y/PG1OYgv2A"


class DirectoryTable:
    """The table and its decoy user, as children of the component that has the table; protected when `retain`."""

    def __init__(self, name: str, parent: pulumi.Resource, settings: Settings, secrets: SecretStore) -> None:
        self._name = name
        self._parent = parent
        self._settings = settings
        self._secrets = secrets
        self.table = self._table()
        self.name, self.arn = self.table.name, self.table.arn
        self._decoy()

    def grant_items(self, policy: Policy, sid: str, actions: Sequence[str], *prefixes: str) -> None:
        """Allow actions on the items of these partitions; `prefixes` are those of `contract.table`."""
        partitions = [prefix if prefix in table.WHOLE else f"{prefix}*" for prefix in prefixes]
        policy.allow_items(sid, actions, self.arn, partitions)

    def grant_key(self, policy: Policy) -> None:
        """Allow the use of the table's key, which is our own."""
        self._secrets.grant_table_key(policy, self.name)

    def grant_open_sign_up(self, policy: Policy) -> None:
        """Allow to count mail, look up the owner of an address, and open challenges."""
        self._grant_count(policy, "CountMail", table.MAIL_COUNTERS)
        self.grant_items(policy, "FindOwner", [GET], table.ADDRESS)
        self.grant_items(policy, "OpenChallenge", [PUT], table.CHALLENGE)
        self.grant_key(policy)

    def grant_create_user(self, policy: Policy) -> None:
        """Allow to look up the owner of an address, and write new users."""
        self.grant_items(policy, "FindOwner", [GET], table.ADDRESS)
        self._grant_new_user(policy)
        self.grant_key(policy)

    def grant_confirm_sign_up(self, policy: Policy) -> None:
        """Allow to try and close challenges, and write new users and their first place."""
        self.grant_items(policy, "TryChallenge", [UPDATE, DELETE], table.CHALLENGE)
        self._grant_count(policy, "CountTries", table.SIGN_UP_COUNTERS)
        self.grant_items(policy, "WritePlaces", [PUT], table.PLACES)
        self._grant_new_user(policy)
        self.grant_key(policy)

    def grant_check_password(self, policy: Policy) -> None:
        """Allow to find a user, count attempts, check that the password is unchanged, or write its upgraded hash."""
        self.grant_items(policy, "FindOwner", [GET], table.ADDRESS)
        self.grant_items(policy, "ReadUser", [BATCH_GET], table.USER, table.PLACES, table.CREDENTIAL)
        self.grant_items(policy, "CountAttempts", [UPDATE, DELETE], f"{table.LIMIT}{table.PASSWORD_COUNTERS}")
        self.grant_items(policy, "CheckPasswordUnchanged", [CHECK], table.CREDENTIAL)
        self.grant_items(policy, "UpgradePassword", [UPDATE], table.CREDENTIAL)
        self._secrets.grant_pepper(policy)

    def grant_start_session(self, policy: Policy) -> None:
        """Allow to write a new session and its place, and to take back a planned deletion."""
        self.grant_items(policy, "StartSession", [PUT], table.SESSIONS, table.PLACES)
        self.grant_change_user(policy, "delete_at", "deleting")
        self.grant_items(policy, "CancelDeletion", [DELETE], table.JOBS)

    def grant_refresh(self, policy: Policy) -> None:
        """Allow to read a session with its user, and change or end the session."""
        self._grant_read_sessions(policy)
        self.grant_items(policy, "RotateRefreshToken", [UPDATE], table.SESSIONS)
        self.grant_items(policy, "EndSession", [DELETE], table.SESSIONS)
        self.grant_key(policy)

    def grant_end_session(self, policy: Policy) -> None:
        """Allow to end a session."""
        self.grant_items(policy, "EndSession", [DELETE], table.SESSIONS)
        self.grant_key(policy)

    def grant_check_sessions(self, policy: Policy) -> None:
        """Allow to read the published keys, and sessions with their users."""
        self.grant_items(policy, "ReadPublishedKeys", [GET], table.KEYS)
        self._grant_read_sessions(policy)
        self.grant_key(policy)

    def grant_manage_users(self, policy: Policy) -> None:
        """Allow to list, show, create and change users, and to begin their deletion."""
        policy.allow_index("ListUsers", self.arn, table.USERS_INDEX)
        self.grant_items(policy, "FindUser", [GET], table.ADDRESS, table.USER)
        self.grant_change_user(policy, "disabled", "epoch", "second_factors", "deleting", "delete_at", "roles")
        self.grant_items(policy, "PlanAndCancelDeletion", [PUT, DELETE], table.JOBS)
        counters = [f"{table.LIMIT}{kind}" for kind in (table.PASSWORD_COUNTERS, table.CODE_COUNTERS)]
        self.grant_items(policy, "ReadAndResetCounters", [GET, DELETE], *counters)
        self._secrets.grant_pepper(policy)
        self._grant_new_user(policy)
        self.grant_key(policy)

    def grant_import_user(self, policy: Policy, sid: str) -> None:
        """Allow to write users of other systems with their factors, unless they were deleted."""
        self.grant_items(policy, sid, [PUT], table.ADDRESS, table.USER, table.CREDENTIAL, table.FACTORS)
        self.grant_items(policy, "CheckNotDeleted", [CHECK], table.TOMBSTONE)
        self._secrets.grant_encrypt_factors(policy)

    def grant_change_user(self, policy: Policy, *attributes: str) -> None:
        """Allow to change these attributes of a user's profile, and no others: never the address."""
        policy.allow_attributes("ChangeUser", self.arn, [f"{table.USER}*"], ["pk", "sk", *attributes])

    def grant_read_keys(self, policy: Policy) -> None:
        """Allow to read the published keys."""
        self.grant_items(policy, "ReadPublishedKeys", [GET], table.KEYS)
        self.grant_key(policy)

    def grant_publish_keys(self, policy: Policy) -> None:
        """Allow to publish keys, and read the published ones."""
        self.grant_items(policy, "ReadPublishedKeys", [GET], table.KEYS)
        self.grant_items(policy, "PublishKeys", [PUT], table.KEYS)
        self.grant_key(policy)

    def grant_read_budgets(self, policy: Policy) -> None:
        """Allow to read the stage's counters of mail and messages."""
        counted = (table.MAILS_KNOWN, table.MAILS_UNKNOWN, table.SPEND)
        self.grant_items(policy, "ReadBudgets", [GET], *(f"{table.LIMIT}{counter}#" for counter in counted))
        self.grant_key(policy)

    def _grant_count(self, policy: Policy, sid: str, counters: str) -> None:
        self.grant_items(policy, sid, [UPDATE], f"{table.LIMIT}{counters}")

    def _grant_new_user(self, policy: Policy) -> None:
        self.grant_items(policy, "CreateUser", [PUT], table.ADDRESS, table.USER, table.CREDENTIAL)

    def _grant_read_sessions(self, policy: Policy) -> None:
        self.grant_items(policy, "ReadSession", [BATCH_GET], table.USER, table.SESSIONS)

    def _table(self) -> aws.dynamodb.Table:
        return aws.dynamodb.Table(
            f"{self._name}-table",
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": name, "type": "S"} for name in ("pk", "sk", "initial", "email")],
            global_secondary_indexes=[
                {
                    "name": table.USERS_INDEX,
                    "hash_key": "initial",
                    "range_key": "email",
                    "projection_type": "INCLUDE",
                    "non_key_attributes": ["created_at", "disabled", "roles", "second_factors", "delete_at"],
                }
            ],
            ttl={"attribute_name": "expires_at", "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": self._secrets.key_arn},
            deletion_protection_enabled=self._settings.retain,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self._parent, protect=self._settings.retain),
        )

    def _decoy(self) -> None:
        encrypted = aws.kms.Ciphertext(
            f"{self._name}-decoy",
            key_id=self._secrets.key_arn,
            plaintext=DECOY_PHC,
            context={"purpose": "password", "user": DECOY_USER_ID},
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        profile = {
            "pk": {"S": f"{table.USER}{DECOY_USER_ID}"},
            "sk": {"S": "profile"},
            "email": {"S": "nobody@invalid"},
            "disabled": {"BOOL": True},
        }
        credential = {
            "pk": {"S": f"{table.CREDENTIAL}{DECOY_USER_ID}"},
            "sk": {"S": "password"},
            "password": {"B": encrypted.ciphertext_blob},
        }
        self._item("decoy-profile", json.dumps(profile))
        self._item("decoy-credential", pulumi.Output.json_dumps(credential))

    def _item(self, what: str, item: pulumi.Input[str]) -> None:
        aws.dynamodb.TableItem(
            f"{self._name}-{what}",
            table_name=self.table.name,
            hash_key="pk",
            range_key="sk",
            item=item,
            # Handlers update the decoy's items as any user's, so `pulumi refresh` would find them changed.
            opts=pulumi.ResourceOptions(parent=self._parent, ignore_changes=["item"]),
        )
