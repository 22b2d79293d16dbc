"""The directory's table: its partitions, named once for items and for grants.

| partition key | sort key | item |
|---|---|---|
| `address#<email>` | `owner` | the id of the user who owns the address |
| `user#<id>` | `profile` | the user |
| `sessions#<user id>` | `session#<id>` | a session of the user |
| `credential#<user id>` | `password` | the encrypted hash of the password |
| `places#<user id>` | `known` | pseudonyms of the places that the user has signed in from, with the time |
| `challenge#<hash of id>` | `signup` | an open sign-up |
| `challenge#<hash of id>` | `gates` | an open sign-in, step-up or reset |
| `factors#<user id>` | `factor#<id>` | a factor; `factor#recovery` holds the hashes of recovery codes |
| `authy#<Authy id>` | `accounts` | the accounts linked to this Authy user |
| `spent#<user id>` | `<factor id>#<hash>` | a code that is not accepted again while it may be valid |
| `limit#<counter>` | `count` | a counter of a limit, until it expires |
| `links#<user id>` | `<hash of token>` | a mailed link: of an address that was changed, or of a session |
| `tombstone#<user id>` | `deleted` | the time at which a user was deleted |
| `jobs` | `<due>#<kind>#<user id>` | work that a change has left to be done, written with the change |
| `keys` | `published` | the issuer's public keys |

A deleted or changed address may keep its item for a while, with `reserved_for` in the place of `user_id`.

The index `users` has the profiles by the first character of the address (`initial`) and the address (`email`).

The constants are prefixes of partition keys; those in `WHOLE` are whole keys. IAM tells partitions apart by the
condition key `dynamodb:LeadingKeys`, so each role reaches only its own. Names that are stored outlive the names in the
code.
"""

ADDRESS = "address#"
USER = "user#"
SESSIONS = "sessions#"
CREDENTIAL = "credential#"
PLACES = "places#"
CHALLENGE = "challenge#"
FACTORS = "factors#"
AUTHY = "authy#"
SPENT = "spent#"
LIMIT = "limit#"
LINKS = "links#"
TOMBSTONE = "tombstone#"
JOBS = "jobs"
KEYS = "keys"

WHOLE = (JOBS, KEYS)
USERS_INDEX = "users"

PASSWORD_COUNTERS = "password:"  # noqa: S105 a prefix of keys
SIGN_UP_COUNTERS = "signup:"
MAIL_COUNTERS = "mail:"
CODE_COUNTERS = "codes:"
MESSAGE_COUNTERS = "sent:"
ENROLMENT_COUNTERS = "enrolments:"
"""The prefixes of counters, after `LIMIT`: attempts at passwords, tries of sign-up codes, requested mail, wrong codes
of second factors, texts, calls and pushes with their cooldowns, and begun enrolments."""
MAILS_KNOWN, MAILS_UNKNOWN = f"{MAIL_COUNTERS}known", f"{MAIL_COUNTERS}unknown"
SPEND = f"{MESSAGE_COUNTERS}spend"
"""The counters of the whole stage: mails for known devices and for others, and cents for texts and calls."""
