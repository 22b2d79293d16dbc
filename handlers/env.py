"""The environment of a function, read and checked once, when the function starts."""

import os


def load(*names: str) -> dict[str, str]:
    """Return the variables of these names. Raises one `RuntimeError` that lists all that are missing or empty."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise RuntimeError(f"environment variables missing: {', '.join(missing)}")
    return {name: os.environ[name] for name in names}
