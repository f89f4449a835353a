"""Files are read in a process of their own, so that a parser which crashes costs a file and not the run.

The plan: one reading process serves all that a process asks of it, one list of files after the other. It writes the
frames of a batch into the scratch folder, names them over a socket and reads on while the batch is validated, one batch
ahead and no more. Where it ends instead of answering, a parser has crashed or the system has taken its memory: every
file is then read alone by a new one, and those at which that one ends too are found. Who asked reads once more, with
these refused.
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
from cdp_pipeline.ingest.read import read_files

# The path is handed over, as the reading process must find the same package whatever the folder it starts in.
_START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from cdp_pipeline.ingest.apart import serve; serve(sys.argv[1])"
)


class ReaderCrashedError(Exception):
    """The process that read some files ended. What it gave before is not to be used.

    Attributes:
        crashing: The files at which a reading process ends too when it reads them alone; it may be none.
        how: How it ended, such as `signal SIGSEGV`.
    """

    def __init__(self, how: str, crashing: Sequence[RawFile] = ()) -> None:
        super().__init__(
            f"The process that reads files ended ({how}), while each file can be read alone; most often memory was "
            "short. The day is as it was before this run. Run again with more memory."
        )
        self.how = how
        self.crashing = crashing

    def refused(self, files: Sequence[RawFile]) -> list[RawFile]:
        """The files as they are to be read again, with a problem at each that crashed.

        Raises:
            ReaderCrashedError: None of them crashes alone.
        """
        if not self.crashing:
            raise self
        problem = (
            f"The program that reads this format crashed at the file ({self.how}); nothing of it was read. Expected a "
            "sound file of that format. Write it anew, in another format if that crashes too, and drop it again."
        )
        return [replace(file, problem=problem) if file in self.crashing else file for file in files]


@dataclass(frozen=True)
class _Asked:
    """What `read_files` is given, but for its scratch folder."""

    files: Sequence[RawFile]
    entity: Entity
    batch_rows: int
    mappings: Sequence[SourceMapping]
    bounds: Bounds
    # Paths of files may be relative, and who asks may have gone elsewhere since the reading process was started.
    working_folder: Path = field(default_factory=Path.cwd)


@dataclass(frozen=True)
class _Written:
    """A batch whose frames lie in files."""

    rows: Path
    rejected: Path
    findings: Counter[str]
    pages: Counter[ListPage]


@dataclass(frozen=True)
class _Failed:
    """An error of the reader, and where it arose."""

    error: Exception
    where: str


@dataclass(frozen=True)
class _Done:
    """All batches were given."""


class _Reader:
    """A reading process and the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._line = Connection(ours.detach())
        self._has_started = False

    def end(self) -> int:
        """End the process, if it has not ended; returns its exit status."""
        self._process.kill()
        self._line.close()
        return self._process.wait()

    def read(self, asked: _Asked, scratch: Path) -> Iterator[Batch]:
        """The batches, as `read_files` gives them."""
        self._await_start()
        with self._speaking() as line:
            line.send((asked, scratch))
            answer = line.recv()
        while isinstance(answer, _Written):
            batch = Batch(_taken(answer.rows), _taken(answer.rejected), answer.findings, answer.pages)
            with self._speaking() as line:
                line.send(_Done())
            yield batch
            with self._speaking() as line:
                answer = line.recv()
        if isinstance(answer, _Failed):
            answer.error.add_note(f"In the process that reads files:\n{answer.where}")
            raise answer.error

    @contextmanager
    def _speaking(self) -> Iterator[Connection]:
        """The line; where nobody is at its other end any more, the reader crashed."""
        try:
            yield self._line
        except (EOFError, ConnectionError) as error:
            # It may be about to end by itself, and says how only once it has.
            try:
                status = self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                status = self.end()
            raise ReaderCrashedError(_how(status)) from error

    def _await_start(self) -> None:
        if self._has_started:
            return
        try:
            self._line.recv()
        except (EOFError, ConnectionError) as error:
            raise RuntimeError(
                f"The process that reads files cannot start ({_how(self._process.wait())}); what it wrote stands "
                "above. Expected this installation to work when it is started as a process."
            ) from error
        self._has_started = True


_IDLE: Final[list[_Reader]] = []
"""Reading processes that nobody uses; as a rule one, since each has to import what it reads with."""


# A forked process must not speak on the line of the one that it comes from.
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
    """The batches of `read_files`, which says what is given and taken; they are made in another process.

    Raises:
        ReaderCrashedError: That process ended. It names the files at which it does.
    """
    asked = _Asked(files, entity, batch_rows, mappings, bounds)
    has_given = False
    try:
        for batch in _read(asked, scratch):
            has_given = True
            yield batch
    except ReaderCrashedError as crash:
        crash.crashing = [
            file for file in files if not file.problem and _is_crashing(replace(asked, files=[file]), scratch)
        ]
        if has_given or crash.crashing:
            raise
        # The system had ended it while it waited, or had no memory for it just then.
        yield from _read(asked, scratch)


def _read(asked: _Asked, scratch: Path | None) -> Iterator[Batch]:
    reader = _IDLE.pop() if _IDLE else _Reader()
    # Of a process that crashed nobody else would remove the scratch files.
    with tempfile.TemporaryDirectory(prefix="cdp-reader-", dir=scratch) as folder:
        try:
            yield from reader.read(asked, Path(folder))
        except BaseException:
            # It crashed, or somebody stopped halfway and it is still about to answer.
            reader.end()
            raise
    _IDLE.append(reader)


def _is_crashing(asked: _Asked, scratch: Path | None) -> bool:
    try:
        for _ in _read(asked, scratch):
            pass
    except ReaderCrashedError:
        return True
    return False


def _taken(path: Path) -> pl.DataFrame:
    """The frame of a file that nobody else reads; it is removed."""
    frame = pl.read_ipc(path)
    path.unlink()
    return frame


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def serve(descriptor: str) -> None:
    """Read what is asked over an inherited socket until its other end is closed; run in the reading process."""
    # Who started it decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Connection(int(descriptor))
    # What a crashing parser writes may quote the file.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    line.send(_Done())
    while True:
        try:
            asked, scratch = line.recv()
        except EOFError:
            return
        try:
            _answer(line, asked, scratch)
        except ConnectionError:
            return
        except Exception as error:
            line.send(_Failed(error, traceback.format_exc()))


def _answer(line: Connection, asked: _Asked, scratch: Path) -> None:
    os.chdir(asked.working_folder)
    batches = read_files(asked.files, asked.entity, asked.batch_rows, scratch, asked.mappings, asked.bounds)
    for number, batch in enumerate(batches):
        rows, rejected = scratch / f"{number}-rows.ipc", scratch / f"{number}-rejected.ipc"
        batch.rows.write_ipc(rows, compression="uncompressed")
        batch.rejected.write_ipc(rejected, compression="uncompressed")
        line.send(_Written(rows, rejected, batch.findings, batch.pages))
        line.recv()
    line.send(_Done())
