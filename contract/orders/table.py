"""The orders' table: prefixes of its partition keys.

| partition key | sort key | item |
|---|---|---|
| `orders#<owner>` | `<id>` | an order |
| `keys#<owner>` | `<hash of key>` | an `Idempotency-Key` and a copy of the order when it was placed |
"""

ORDERS = "orders#"
IDEMPOTENCY_KEYS = "keys#"
