"""An environment in which every function starts."""

VARIABLES = {
    "TABLE_NAME": "directory",
    "KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/1",
    "SIGNING_KEYS_SECRET_ID": "signing-keys",
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
    "BREACHED_PASSWORDS_URL": "https://api.pwnedpasswords.com",
    "SECOND_FACTOR": "optional",
    "DISPLAY_NAME": "Sallyport",
    "ORDERS_TABLE_NAME": "orders",
    "ORDERS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
}
"""All variables that a function may have in its environment; none of them is secret."""
