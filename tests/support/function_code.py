"""Code of a function of one file, as Lambda takes it."""

import zipfile
from io import BytesIO


def zipped(name: str, source: str) -> bytes:
    """Return an archive with one file."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, source)
    return archive.getvalue()
