"""Who may write the lake: one run at a time, whoever started it, and a killed run for no longer than it lives.

Two files in the lake's folder are locked by the operating system, which lets go of them when their holder dies:

    .run.lock    held by the process of a run, from its first step to its last; its text names the run
    .steps.lock  shared by the steps of that run that have processes of their own

A run begins when it holds the first and no process the second, so that it waits for steps that outlive their killed
run. On a network drive, the lake is safe only from hosts whose file system passes locks on, as NFS 4 does.
"""

import fcntl
import json
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from cdp_pipeline.store.lake import Lake, LakeError, disk_errors

WAIT_SECONDS = 3600.0
"""How long a run waits for another one: a month's backfill takes less, so longer means that something hangs."""

_POLL_SECONDS = 0.2
_SIGNED_WIDTH = 500
_RUN = ".run.lock"
_STEPS = ".steps.lock"
_SCRATCH = ".scratch-"
_IN_USE = ".in-use.lock"

_held: set[tuple[Path, int, int]] = set()
"""Lake, process and thread of who holds it here: what a run starts within itself needs no second hold."""


class LakeBusyError(LakeError):
    """Another run is writing the lake; the message names it, since when, and the remedy."""


@contextmanager
def held(
    lake: Lake,
    run: str,
    *,
    wait_seconds: float = WAIT_SECONDS,
    log: Callable[[str], object] = lambda _: None,
    begin: Callable[[], object] = lambda: None,
) -> Iterator[None]:
    """Hold the lake for a run, or as a step of the run that holds it; what a killed run left is put right first.

    Args:
        lake: The lake to write.
        run: The run's id: a process that names the run which holds the lake is one of its steps.
        wait_seconds: How long to wait for another run.
        log: Receives a sentence when there is a run to wait for.
        begin: Called once the lake is held, before anything else; not for a step of the run that holds it.

    Raises:
        LakeBusyError: Another run holds the lake for longer than `wait_seconds`, or took it over from this step's run.
        LakeError: The lake's folder cannot be written.
    """
    lake.check_writable()
    root = lake.root.resolve()
    here = (root, os.getpid(), threading.get_ident())
    if here in _held:
        yield
        return
    until = time.monotonic() + wait_seconds
    with _opened(root / _RUN) as run_lock, _opened(root / _STEPS) as steps:
        if not _try(run_lock, fcntl.LOCK_EX):
            if _name(run_lock) == run:
                _wait(steps, fcntl.LOCK_SH, run_lock, until, log)
                if _name(run_lock) != run:
                    raise LakeBusyError(f"Run {run} has ended or was killed; {_holder(run_lock)} writes the lake now.")
                yield
                return
            _wait(run_lock, fcntl.LOCK_EX, run_lock, until, log)
        with disk_errors(root):
            _sign(run_lock, run)
        try:
            _wait(steps, fcntl.LOCK_EX, run_lock, until, log)
            fcntl.flock(steps, fcntl.LOCK_UN)
            lake.recover()
            _sweep(root)
            _held.add(here)
            begin()
            yield
        finally:
            _held.discard(here)
            _sign(run_lock, "")


@contextmanager
def at_rest(
    lake: Lake, *, wait_seconds: float = WAIT_SECONDS, log: Callable[[str], object] = lambda _: None
) -> Iterator[None]:
    """Keep runs from writing the lake while it is read as a whole; see `held` for what is waited for and raised."""
    lake.check_writable()
    with _opened(lake.root.resolve() / _RUN) as run_lock:
        _wait(run_lock, fcntl.LOCK_SH, run_lock, time.monotonic() + wait_seconds, log)
        yield


@contextmanager
def scratch_folder(lake: Lake) -> Iterator[Path]:
    """A folder for a copy of the lake, gone at the end; if its maker is killed, the next run removes it.

    To be entered within `at_rest`, so that no run begins before the folder is known to be in use.
    """
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=lake.root))
    try:
        with _opened(folder / _IN_USE) as in_use:
            fcntl.flock(in_use, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder)


def _sweep(root: Path) -> None:
    for folder in root.glob(f"{_SCRATCH}*"):
        with _opened(folder / _IN_USE) as in_use:
            if _try(in_use, fcntl.LOCK_EX):
                shutil.rmtree(folder)


def _wait(file: IO[str], kind: int, run_lock: IO[str], until: float, log: Callable[[str], object]) -> None:
    is_notified = False
    while not _try(file, kind):
        if time.monotonic() >= until:
            raise LakeBusyError(
                f"{_holder(run_lock)} writes the lake; nothing was done. Run again when it has ended; if it hangs, end "
                "its process, which loses nothing."
            )
        if not is_notified:
            log(f"{_holder(run_lock)} writes the lake; waiting until it has ended.")
            is_notified = True
        time.sleep(_POLL_SECONDS)


def _try(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _opened(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")


def _sign(run_lock: IO[str], run: str) -> None:
    """Write down who holds the lake, in place: a new file would be another lock, and a full disk takes none."""
    since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    signed = {"run": run, "process": os.getpid(), "host": socket.gethostname(), "since": since} if run else {}
    run_lock.seek(0)
    run_lock.write(json.dumps(signed).ljust(_SIGNED_WIDTH))
    run_lock.flush()


def _signed(run_lock: IO[str]) -> dict[str, object]:
    run_lock.seek(0)
    try:
        signed: dict[str, object] = json.loads(run_lock.read())
    except json.JSONDecodeError:
        # Nobody has signed yet, or somebody is doing so.
        return {}
    return signed


def _name(run_lock: IO[str]) -> object:
    return _signed(run_lock).get("run")


def _holder(run_lock: IO[str]) -> str:
    signed = _signed(run_lock)
    if not signed:
        return "Another run"
    return f"Run {signed['run']} (process {signed['process']} on {signed['host']}, since {signed['since']} UTC)"
