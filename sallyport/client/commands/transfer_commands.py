"""Commands that move users in and out of the directory."""

import json
from collections.abc import Iterable
from itertools import dropwhile
from pathlib import Path
from typing import Any

import click

from sallyport.client import display
from sallyport.client.commands.users_commands import users
from sallyport.client.display import notes
from sallyport.client.errors import Failure
from sallyport.client.stack import aws, transfer, user_files
from sallyport.client.stack.target import takes_outputs
from sallyport.client.stack.transfer import Result, Row
from sallyport.client.stack.user_files import Convert

FORMATS = ("jsonl", "csv", "django", "auth0", "cognito", "firebase", "kms")
MOST_SHOWN = 20
PROBLEMS = {
    "taken": "the address, or the id, is another user's",
    "deleted": "the user was deleted; a row with an `id`, the old one or another, is imported",
}


@users.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("--hash-config", type=click.Path(exists=True, path_type=Path), help="Firebase parameters, as JSON.")
@click.option("--dry-run", is_flag=True, help="Check every row, and write nothing.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows though there are bad ones.")
@click.option("--from-line", type=click.IntRange(1), default=1, help="Begin at this line, to continue an import.")
@takes_outputs()
def import_users(
    outputs: dict[str, str],
    file: Path,
    format_: str,
    hash_config: Path | None,
    dry_run: bool,
    skip_bad: bool,
    from_line: int,
) -> None:
    """Import users from FILE, with their password hashes.

    Every row is checked first; if one is bad, nothing is written, unless --skip-bad is given. An import that was
    interrupted can be repeated: rows that are there already are left alone. docs/operations.md has the formats.
    """
    convert = _convert(outputs, format_, hash_config)

    def rows() -> Iterable[Row]:
        found = user_files.read(file, _records(format_, file), convert)
        return dropwhile(lambda row: row.line < from_line, found)

    total = user_files.count(file)
    _, bad = _run(outputs, rows(), "Checking", total, dry_run=True)
    if dry_run or (bad and not skip_bad):
        if bad:
            raise Failure(f"{bad} rows are bad; nothing was written. To import the others: --skip-bad")
        notes.print("All rows are good; nothing was written.")
        return
    imported, bad = _run(outputs, rows(), "Importing", total, dry_run=False, quiet=bool(bad))
    notes.print(f"Imported {imported}{f', left out {bad}' if bad else ''}.")


@users.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="The file will hold password hashes and TOTP secrets. Export all users?")
@click.option("--really", is_flag=True, help="Do not ask a second time.")
@takes_outputs()
def export_users(outputs: dict[str, str], file: Path, really: bool) -> None:
    """Export all users to FILE as JSON Lines, with their password hashes, for an import elsewhere.

    The file can be read by you alone. The export is an event that names you.
    """
    if not really:
        click.confirm("Whoever has this file can guess passwords at leisure. Really?", abort=True, err=True)
    if file.exists():
        raise Failure(f"{file} exists already; nothing was written")
    part = file.with_name(f"{file.name}.part")  # what was interrupted is never taken for all users
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    left_out: list[str] = []
    count = 0
    with part.open("w", encoding="utf-8") as lines, display.counting("Exporting", None) as progress:
        for line in transfer.export(outputs, progress, left_out.append):
            lines.write(f"{line}\n")
            count += 1
    part.rename(file)
    notes.print(f"Exported {count} to {file}.", soft_wrap=True)
    if left_out:
        notes.print(f"Left out {len(left_out)}, whose password or factor KMS does not decrypt; their ids:")
        notes.print("\n".join(left_out))


def _run(
    outputs: dict[str, str], rows: Iterable[Row], what: str, total: int, *, dry_run: bool, quiet: bool = False
) -> tuple[int, int]:
    """Send the rows; return how many are imported and how many are bad. Bad ones are shown with line and reason."""
    imported = bad = last = 0
    try:
        with display.counting(what, total) as progress:
            for results in transfer.send(outputs, rows, dry_run=dry_run):
                imported += sum(one.outcome == "imported" for one in results)
                for one in results:
                    bad += not one.is_good
                    if not one.is_good and not quiet and bad <= MOST_SHOWN:
                        notes.print(f"line {one.row.line}: {_reason(one)}", soft_wrap=True)
                last = results[-1].row.line if results else last
                progress(len(results))
    except KeyboardInterrupt:
        raise Failure(f"Interrupted; to continue: --from-line {last + 1}") from None
    if bad > MOST_SHOWN and not quiet:
        notes.print(f"... and {bad - MOST_SHOWN} more")
    return imported, bad


def _reason(result: Result) -> str:
    return PROBLEMS.get(result.outcome, result.outcome)


def _records(format_: str, file: Path) -> str:
    """Return how the file is divided into records."""
    if format_ in ("csv", "cognito"):
        return "csv"
    if format_ == "firebase":
        return "users"
    return "csv" if file.suffix == ".csv" else "jsonl"


def _convert(outputs: dict[str, str], format_: str, hash_config: Path | None) -> Convert:
    if format_ == "firebase":
        if hash_config is None:
            raise Failure("Firebase's hashes need the project's parameters: --hash-config FILE")
        try:
            return user_files.firebase(json.loads(hash_config.read_text()))
        except (OSError, ValueError, KeyError) as error:
            raise Failure(f"{hash_config} has not the parameters that Firebase shows: {error}") from None
    if format_ == "kms":
        return user_files.kms(lambda ciphertext: _decrypted(outputs, ciphertext))
    plain: dict[str, Convert] = {
        "django": user_files.django,
        "auth0": user_files.auth0,
        "cognito": user_files.cognito,
    }
    return plain.get(format_, user_files.canonical)


def _decrypted(outputs: dict[str, str], ciphertext: bytes) -> bytes:
    """Decrypt with the operator's own credentials, which may use the key of the system of before."""
    answer: dict[str, Any] = aws.call(outputs, "kms", "decrypt", CiphertextBlob=ciphertext)
    plaintext: bytes = answer["Plaintext"]
    return plaintext
