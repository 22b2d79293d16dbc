"""The issuer's metadata, its keys, and the API's document."""
