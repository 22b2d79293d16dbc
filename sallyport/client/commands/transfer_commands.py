"""Commands that move users in and out of the directory."""

import json
from collections import Counter
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
    interrupted can be repeated: users who are there already are left as they are. docs/operations.md has the formats.
    """
    if not file.is_file():
        raise Failure(f"{file} is not a file that can be read twice: first every row is checked, then it is imported")
    convert = _convert(outputs, format_, hash_config)

    def rows() -> Iterable[Row]:
        found = user_files.read(file, _records(format_, file), convert)
        return dropwhile(lambda row: row.line < from_line, found)

    total = user_files.count(file)
    shown: set[int] = set()
    checked = _run(outputs, rows(), "Checking", total, shown, dry_run=True)
    if not checked.total():
        raise Failure(f"{file} has no rows{f' from line {from_line} on' if from_line > 1 else ''}")
    if checked["bad"] and not skip_bad:
        raise Failure(f"{checked['bad']} rows are bad; nothing was written. To import the others: --skip-bad")
    if dry_run:
        notes.print(f"{_counted(checked, 'would be imported')}; nothing was written.")
        return
    done = _run(outputs, rows(), "Importing", total, shown, dry_run=False)
    notes.print(f"{_counted(done, 'imported')}.")
    if done["bad"] > checked["bad"]:
        raise Failure(f"{done['bad'] - checked['bad']} rows that were good when they were checked were left out")


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
    if str(file) == "-" or not file.parent.is_dir():
        raise Failure(f"{file} is no name of a new file in a folder that is there; nothing was written")
    part = file.with_name(f"{file.name}.part")  # what was interrupted is never taken for all users
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    left_out: list[str] = []
    count = 0
    try:
        with part.open("w", encoding="utf-8") as lines, display.counting("Exporting", None) as progress:
            for line in transfer.export(outputs, progress, left_out.append):
                lines.write(f"{line}\n")
                count += 1
        part.rename(file)
    except KeyboardInterrupt:
        raise Failure("Interrupted; what was written is deleted") from None
    finally:
        part.unlink(missing_ok=True)
    notes.print(f"Exported {count} to {file}.", soft_wrap=True)
    if left_out:
        notes.print(f"Left out {len(left_out)}, whose password or factor KMS does not decrypt; their ids:")
        notes.print("\n".join(left_out))


def _run(
    outputs: dict[str, str], rows: Iterable[Row], what: str, total: int, shown: set[int], *, dry_run: bool
) -> Counter[str]:
    """Send the rows; return how many have which outcome. Bad ones are shown once, with line and reason."""
    counts: Counter[str] = Counter()
    last = more = 0
    try:
        with display.counting(what, total) as progress:
            for results in transfer.send(outputs, rows, dry_run=dry_run):
                counts.update(one.outcome if one.is_good else "bad" for one in results)
                unseen = [one for one in results if not one.is_good and one.row.line not in shown]
                for one in unseen[: max(0, MOST_SHOWN - len(shown))]:
                    shown.add(one.row.line)
                    notes.print(f"line {one.row.line}: {_reason(one)}", soft_wrap=True)
                more += sum(one.row.line not in shown for one in unseen)
                last = results[-1].row.line if results else last
                progress(len(results))
    except KeyboardInterrupt:
        hint = "nothing was written" if dry_run else f"to continue: --from-line {last + 1}"
        raise Failure(f"Interrupted; {hint}") from None
    if more and dry_run:
        notes.print(f"... and {more} more")
    return counts


def _counted(counts: Counter[str], what: str) -> str:
    """Return the counts in words."""
    named = [(counts["already"], "there already"), (counts["kept"], "there with other data, and left as they are")]
    named.append((counts["bad"], "left out"))
    return ", ".join([f"{counts['imported']} {what}", *(f"{count} {words}" for count, words in named if count)])


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
