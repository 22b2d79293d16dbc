"""The journal of DynamoDB: one line for each request that changed items since the last write of the state.

Streams are kept too. MiniStack keeps the positions of stream readers, but not the records, so that after a restart a
reader would skip as many new records. Positions are written twice a second: after a kill, a reader may read the last
records again, as Lambda does on AWS.
"""

import contextlib
import copy
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import dynamodb, lambda_svc

ITEM_ACTIONS = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
POSITIONS_SECONDS = 0.5
LONG_BYTES = 32 * 1024 * 1024
NO_RANGE_KEY = "__no_sort__"

Change = list[Any]
"""`[account, region, table, the item as it is or was, whether it was removed, its stream record or null]`."""


class Journal:
    """Numbered files; the state holds the number of the first file to apply to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._bytes = 0
        """The size of the file with this number, in bytes."""
        self._streams: dict[str, Any] = {}
        self._pending: list[Change] = []
        self._lock = threading.Lock()
        self._note_changes()
        self._keep_with_the_state()

    @property
    def is_long(self) -> bool:
        """Return whether the journal is so long that the state should be written."""
        return self._bytes > LONG_BYTES

    def flush(self) -> None:
        """Write the changes of a request as one line, so that a transaction is written as a whole or not at all."""
        changes, self._pending = self._pending, []
        if not changes:
            return
        try:
            self._append({"changes": changes})
        except OSError:
            self._pending = changes  # the changes are made, though not confirmed: the next line holds them too
            raise

    def replay(self) -> None:
        """Apply the journal to the loaded state; from then on, write the positions of stream readers."""
        self._restore_streams()
        for number, path in self._files():
            for line in path.read_text().split("\n")[:-1]:  # the last line was cut off, or is empty
                known = json.loads(line)
                for change in known.get("changes", []):
                    _apply(change)
                _advance(known.get("positions", []))
            self._number = number + 1  # an applied file is never written to again
        threading.Thread(target=self._follow_readers, daemon=True).start()

    def _note_changes(self) -> None:
        emit = dynamodb._emit_stream_event

        def emit_and_note(table: str, event: str, old: Any, new: Any, *rest: Any, **named: Any) -> None:
            before = _newest_record(table)
            emit(table, event, old, new, *rest, **named)
            record = _newest_record(table)
            is_removed = new is None
            change = [get_account_id(), get_region(), table, old if is_removed else new, is_removed]
            self._pending.append([*change, None if record is before else record])

        dynamodb._emit_stream_event = emit_and_note

    def _keep_with_the_state(self) -> None:
        get_state, load = dynamodb.get_state, dynamodb.load_persisted_state

        def get_all() -> Any:
            with dynamodb._lock, self._lock:
                self._number, self._bytes = self._number + 1, 0
                streams = {
                    "from": self._number,
                    "records": copy.deepcopy(dynamodb._stream_records),
                    "trimmed": copy.deepcopy(dynamodb._stream_trimmed),
                    "positions": _positions(),
                }
                return {**get_state(), "streams": streams}

        def load_all(state: Any) -> None:
            self._streams = state.pop("streams", {})
            self._number = self._streams.get("from", 0)
            for number, path in self._files():
                if number < self._number:
                    path.unlink()
            load(state)

        dynamodb.get_state, dynamodb.load_persisted_state = get_all, load_all

    def _restore_streams(self) -> None:
        nothing = AccountRegionScopedDict()
        dynamodb._stream_records.update(self._streams.get("records", nothing))
        dynamodb._stream_trimmed.update(self._streams.get("trimmed", nothing))
        _advance(self._streams.get("positions", []))

    def _follow_readers(self) -> None:
        known = _positions()
        while True:
            time.sleep(POSITIONS_SECONDS)
            positions = _positions()
            if positions != known:
                with contextlib.suppress(OSError):  # the disk is full: try again the next time
                    self._append({"positions": positions})
                    known = positions

    def _append(self, line: Any) -> None:
        text = json.dumps(line, default=persistence._json_default) + "\n"
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(self._path(self._number), "ab", buffering=0, opener=_private) as file:
                size = file.tell()
                try:
                    if file.write(text.encode()) != len(text):
                        raise OSError(f"{file.name} cannot be written")
                except OSError:
                    file.truncate(size)  # half a line would damage the next
                    raise
                self._bytes = size + len(text)

    def _files(self) -> list[tuple[int, Path]]:
        """Return the files in order. Numbers may be missing, because a file exists only after a write to it."""
        return sorted((int(path.suffixes[0][1:]), path) for path in self._folder.glob("dynamodb.*.journal"))

    def _path(self, number: int) -> Path:
        return self._folder / f"dynamodb.{number}.journal"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _apply(change: Change) -> None:
    account, region, name, item, is_removed, record = change
    table = dynamodb._tables.get_scoped(account, region, name)
    if table is None:  # the table was deleted later
        return
    key = [
        dynamodb._extract_key_val(item[one]) if one else NO_RANGE_KEY for one in (table["pk_name"], table["sk_name"])
    ]
    if is_removed:
        dynamodb._remove_item(table, *key)
    else:
        dynamodb._set_item(table, *key, item)
    if record is not None:
        dynamodb._stream_records._data.setdefault((account, region, name), []).append(record)


def _positions() -> list[Any]:
    """Return `[account, region, event source mapping, number of records read]` of each reader."""
    with lambda_svc._dynamodb_stream_positions_lock:
        return [[*key, at] for key, at in lambda_svc._dynamodb_stream_positions._data.items()]


def _advance(positions: list[Any]) -> None:
    known = lambda_svc._dynamodb_stream_positions
    for account, region, mapping, at in positions:
        known.set_scoped(account, region, mapping, max(at, known.get_scoped(account, region, mapping, 0)))


def _newest_record(table: str) -> Any:
    records = dynamodb._stream_records.get(table)
    return records[-1] if records else None
