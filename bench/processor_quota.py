"""A share of one processor for a process, as Lambda gives it: memory/1769 in periods of 20 ms.

Source: Lambda Developer Guide, "Configure Lambda function memory"; the period as seen on Lambda.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WHOLE_PROCESSOR_MB = 1769
PERIOD_MICROSECONDS = 20_000
GROUPS = Path("/sys/fs/cgroup")


class NoQuota(Exception):
    """Control groups that this user may not write."""


@contextmanager
def group(memory_mb: int) -> Iterator[Path]:
    """Make a control group with the quota of this memory; `join` puts processes into it. Raises `NoQuota`."""
    quota = int(PERIOD_MICROSECONDS * min(1.0, memory_mb / WHOLE_PROCESSOR_MB))
    folder = (GROUPS / "cpu" if (GROUPS / "cpu").is_dir() else GROUPS) / f"sallyport-bench-{os.getpid()}"
    try:
        folder.mkdir()
        if (folder / "cpu.max").exists():
            (folder / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
        else:
            (folder / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
            (folder / "cpu.cfs_quota_us").write_text(str(quota))
    except OSError as error:
        with suppress(OSError):
            folder.rmdir()
        raise NoQuota(str(error)) from None
    try:
        yield folder
    finally:
        _remove(folder)


def join(folder: Path, process_id: int) -> None:
    """Put a process, with all its threads, under the quota."""
    (folder / "cgroup.procs").write_text(str(process_id))


def estimated_ms(ms: float, processor_ms: float, memory_mb: int) -> float:
    """Return about how long work takes under the quota, where there are no control groups: the processor's part of it
    is stretched, waiting is not.
    """
    return ms + processor_ms * (max(1.0, WHOLE_PROCESSOR_MB / memory_mb) - 1)


def _remove(folder: Path) -> None:
    """Remove the group; the kernel takes a moment to see that its processes have ended."""
    for _ in range(100):
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.02)
