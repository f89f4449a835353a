"""Read files in a separate process, so that a crashing parser costs one file and not the run.

1. One reader process serves all calls of its parent, one list of files after the other.
2. It writes the frames of a batch into the scratch folder and sends their paths over a socket.
3. It reads at most one batch ahead while the parent validates the batch before.
4. If it ends without an answer, a parser crashed or the system ran out of memory. Each file is then read alone by a new
   process, to find the files at which the process ends.
5. The caller reads once more, with these files rejected.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, ListPage
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.mappings import SourceMapping
from cdp_pipeline.ingest.pipeline import read_files

# The import path is passed on, because the process must find the same package in whatever folder it starts.
_START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from cdp_pipeline.ingest.apart import serve; serve(sys.argv[1])"
)


class ReaderCrashedError(Exception):
    """The reader process ended early; batches that it returned before must not be used.

    Attributes:
        crashing: The files at which a reader process ends even when it reads them alone; may be empty.
        how: How the process ended, such as `signal SIGSEGV`.
    """

    def __init__(self, how: str, crashing: Sequence[RawFile] = ()) -> None:
        super().__init__(
            f"The process that reads files ended ({how}), while each file can be read alone; most often memory was "
            "short. The day is as it was before this run. Run again with more memory."
        )
        self.how = how
        self.crashing = crashing

    def with_problems(self, files: Sequence[RawFile]) -> list[RawFile]:
        """Return the files for a second read, with a problem set on each crashing file.

        Raises:
            ReaderCrashedError: No file crashes the reader alone.
        """
        if not self.crashing:
            raise self
        problem = (
            f"The program that reads this format crashed at the file ({self.how}); nothing of it was read. Expected a "
            "sound file of that format. Export it again, in another format if that crashes too, and deliver it again."
        )
        return [replace(file, problem=problem) if file in self.crashing else file for file in files]


@dataclass(frozen=True)
class _Request:
    """Arguments of `read_files`, except its scratch folder."""

    files: Sequence[RawFile]
    entity: Entity
    batch_rows: int
    mappings: Sequence[SourceMapping]
    bounds: Bounds
    # Paths may be relative, and the parent may have changed its folder since the process was started.
    working_folder: Path = field(default_factory=Path.cwd)


@dataclass(frozen=True)
class _Written:
    """A batch whose frames are stored in files."""

    rows: Path
    rejected: Path
    findings: Counter[str]
    pages: Counter[ListPage]
    headers: tuple[str, ...]


@dataclass(frozen=True)
class _Failed:
    """An exception of the reader, with its traceback."""

    error: Exception
    traceback_text: str


@dataclass(frozen=True)
class _Done:
    """Signal without content: the process is ready, a batch was used, or there are no more batches."""


class _Reader:
    """A reader process and the connection to it."""

    def __init__(self) -> None:
        parent_end, reader_end = socket.socketpair()
        with reader_end:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(reader_end.fileno()), *sys.path],
                pass_fds=[reader_end.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._connection = Connection(parent_end.detach())
        self._has_started = False

    def end(self) -> int:
        """Kill the process if it still runs; return its exit status."""
        self._process.kill()
        self._connection.close()
        return self._process.wait()

    def read(self, request: _Request, scratch: Path) -> Iterator[Batch]:
        """Yield the batches of `read_files`."""
        self._await_start()
        with self._checked_connection() as connection:
            connection.send((request, scratch))
            answer = connection.recv()
        while isinstance(answer, _Written):
            batch = Batch(
                _read_and_delete(answer.rows),
                _read_and_delete(answer.rejected),
                answer.findings,
                answer.pages,
                headers=answer.headers,
            )
            with self._checked_connection() as connection:
                connection.send(_Done())
            yield batch
            with self._checked_connection() as connection:
                answer = connection.recv()
        if isinstance(answer, _Failed):
            answer.error.add_note(f"In the process that reads files:\n{answer.traceback_text}")
            raise answer.error

    @contextmanager
    def _checked_connection(self) -> Iterator[Connection]:
        """Provide the connection; raise `ReaderCrashedError` if the process closed its end."""
        try:
            yield self._connection
        except (EOFError, ConnectionError) as error:
            # The process may still be ending; its exit status is known only afterwards.
            try:
                status = self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                status = self.end()
            raise ReaderCrashedError(_exit_reason(status)) from error

    def _await_start(self) -> None:
        if self._has_started:
            return
        try:
            self._connection.recv()
        except (EOFError, ConnectionError) as error:
            raise RuntimeError(
                f"The process that reads files cannot start ({_exit_reason(self._process.wait())}); its output is "
                "above. Expected this installation to work when it is started as a process."
            ) from error
        self._has_started = True


_IDLE: Final[list[_Reader]] = []
"""Reader processes not in use; as a rule one, because each has to import the parsers first."""


# A forked process must not use the connections of its parent.
os.register_at_fork(after_in_child=_IDLE.clear)


@atexit.register
def _end_idle() -> None:
    while _IDLE:
        _IDLE.pop().end()


def read_files_apart(
    files: Sequence[RawFile],
    entity: Entity,
    batch_rows: int = 200_000,
    scratch: Path | None = None,
    mappings: Sequence[SourceMapping] = (),
    bounds: Bounds = USUAL,
) -> Iterator[Batch]:
    """Yield the batches of `read_files`, with the same arguments, read in a separate process.

    Raises:
        ReaderCrashedError: The process ended early. The error names the files that crash it.
    """
    request = _Request(files, entity, batch_rows, mappings, bounds)
    has_yielded = False
    try:
        for batch in _read(request, scratch):
            has_yielded = True
            yield batch
    except ReaderCrashedError as crash:
        crash.crashing = [
            file for file in files if not file.problem and _is_crashing(replace(request, files=[file]), scratch)
        ]
        if has_yielded or crash.crashing:
            raise
        # The system had killed the idle process, or was short of memory for a while.
        yield from _read(request, scratch)


def _read(request: _Request, scratch: Path | None) -> Iterator[Batch]:
    reader = _IDLE.pop() if _IDLE else _Reader()
    # A crashed process does not delete its scratch files itself.
    with tempfile.TemporaryDirectory(prefix="cdp-reader-", dir=scratch) as folder:
        try:
            yield from reader.read(request, Path(folder))
        except BaseException:
            # It crashed, or the caller stopped halfway and an answer is still to come.
            reader.end()
            raise
    _IDLE.append(reader)


def _is_crashing(request: _Request, scratch: Path | None) -> bool:
    try:
        for _ in _read(request, scratch):
            pass
    except ReaderCrashedError:
        return True
    return False


def _read_and_delete(path: Path) -> pl.DataFrame:
    """Read the frame of a file and delete the file."""
    frame = pl.read_ipc(path)
    path.unlink()
    return frame


def _exit_reason(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def serve(descriptor: str) -> None:
    """Answer requests on an inherited socket until the other end closes; runs in the reader process."""
    # The parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(int(descriptor))
    # The output of a crashing parser may quote personal data of the file.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    connection.send(_Done())
    while True:
        try:
            request, scratch = connection.recv()
        except EOFError:
            return
        try:
            _answer(connection, request, scratch)
        except ConnectionError:
            return
        except Exception as error:
            connection.send(_Failed(error, traceback.format_exc()))


def _answer(connection: Connection, request: _Request, scratch: Path) -> None:
    os.chdir(request.working_folder)
    batches = read_files(request.files, request.entity, request.batch_rows, scratch, request.mappings, request.bounds)
    for number, batch in enumerate(batches):
        rows, rejected = scratch / f"{number}-rows.ipc", scratch / f"{number}-rejected.ipc"
        batch.rows.write_ipc(rows, compression="uncompressed")
        batch.rejected.write_ipc(rejected, compression="uncompressed")
        connection.send(_Written(rows, rejected, batch.findings, batch.pages, batch.headers))
        connection.recv()
    connection.send(_Done())
