"""The environment of a function, read and checked once, when it starts."""

import os


def load(*names: str) -> dict[str, str]:
    """The variables of these names; raises one clear error that lists all that are missing or empty."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise RuntimeError(f"environment variables missing: {', '.join(missing)}")
    return {name: os.environ[name] for name in names}
