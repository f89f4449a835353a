"""The backend of many machines: a cluster of Spark 4, or of Sail, that is spoken to over Spark Connect.

SQLGlot carries a portable text to Spark's dialect; `map_buckets` has Python workers of the cluster call the function.
Driver and workers see the lake, and with it all tables, at one path. What a worker writes gets its name from the driver
when the job has ended: parts of a task that was lost, or ran twice, are never read.

Only `backend.backend_of` imports this, for whoever has set a cluster; the extra `spark` holds what it needs.
"""

import hashlib
import pickle
import platform
import re
import secrets
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cdp_pipeline.backend.local import ONE_MACHINE, BackendError

BucketT = TypeVar("BucketT")
ResultT = TypeVar("ResultT")

_OLDEST: Final = 4
"""The first version of Spark whose answers were compared with DuckDB's."""

_SECONDS: Final = 5.0
"""How long the cluster may take to answer a knock."""

_RETRIES: Final = 4
"""Of a request to a cluster that does not answer: some ten seconds. The client's own wait is ten minutes."""

_TASKS: Final = 16
"""Buckets are spread over so many tasks: Sail runs all of them at once, and Polars uses every core that a task sees."""

_UNREADABLE: Final = re.compile(r"[*?\[\]{}\\`:]")
"""What Spark takes for a pattern in a path, the quotes around it, and what it cannot have beside a pattern."""

_DETAILS: Final = re.compile(r'details = "([^"\n]*)')
_LINE: Final = re.compile(r"(\S.*)")
"""The reason in an error of the client: in a line of its own, or the first one."""

_PACKAGE: Final = Path(__file__).parent


@dataclass(frozen=True)
class SparkConnect:
    """A cluster.

    Attributes:
        address: `sc://host:port`, with the parameters of Spark Connect after `/;`.
    """

    address: str

    @property
    def name(self) -> str:
        """The address without its parameters, as one may be a token."""
        return self.address.partition("/;")[0]

    def check(self, shared: Path) -> None:
        """See that the cluster answers, fits, and has the folder and the package at hand.

        Raises:
            BackendError: It does not; one line with the reason.
        """
        _import_client(self.name)
        from pyspark.errors import PythonException

        if found := _UNREADABLE.search(str(shared.absolute())):
            raise self._unusable(f"{shared.absolute()} has {found[0]!r} in its name, which Spark cannot read")
        self._knock()
        with self._speaking():
            session = _session(self.address)
            release = session.version
            if int(release.partition(".")[0]) < _OLDEST:
                raise self._unusable(f"it is Spark {release}; expected {_OLDEST} or newer")
            shared.mkdir(parents=True, exist_ok=True)
            seal = shared.absolute() / f".{secrets.token_hex(8)}.probe"
            seal.touch()
            try:
                found_there = set(self._mapped(partial(_probed, seal), range(_TASKS)))
            except PythonException as error:
                reason = str(error).strip().rpartition("\n")[2]
                raise self._unusable(f"a worker cannot run the package ({reason}); install it there") from None
            finally:
                seal.unlink()
        here = _environment()
        for sees_folder, there in sorted(found_there):
            if differing := [f"{name} {has} (here {here.get(name)})" for name, has in there if has != here.get(name)]:
                raise self._unusable(f"a worker has {', '.join(differing)}; install the same on both")
            if not sees_folder:
                raise self._unusable(f"a worker does not see {shared.absolute()}; mount it at the same path everywhere")

    def run(self, sql: str, tables: dict[str, Path], into: Path) -> None:
        """Write the rows of a SELECT into the folder, a file per partition, of the types that DuckDB gives them."""
        # Engines differ in the size of whole numbers, in decimals and in moments; DuckDB says here what they should be.
        ONE_MACHINE.run(f"SELECT * FROM ({sql}) typed LIMIT 0", tables, into)
        (types,) = into.iterdir()
        part = partial(_written, into.absolute(), pq.read_schema(types))
        with self._speaking():
            rows = _session(self.address).sql(_over(tables, sql)).mapInArrow(part, "file string")
            for row in rows.collect():
                (into / row.file).replace(into / f"{row.file.strip('.')}.parquet")

    def scalar(self, sql: str, tables: dict[str, Path]) -> int:
        """The one number that a SELECT gives."""
        with self._speaking():
            return int(_session(self.address).sql(_over(tables, sql)).collect()[0][0])

    def map_buckets(self, build: Callable[[BucketT], ResultT], buckets: Sequence[BucketT]) -> list[ResultT]:
        """Some buckets to a task, on whichever worker is free."""
        with self._speaking():
            return self._mapped(build, buckets)

    def _mapped(self, build: Callable[[BucketT], ResultT], buckets: Sequence[BucketT]) -> list[ResultT]:
        if not buckets:
            return []
        numbers = _session(self.address).range(0, len(buckets), 1, min(len(buckets), _TASKS))
        built = numbers.mapInArrow(partial(_built, build, buckets), "number long, result binary").collect()
        results = {row.number: pickle.loads(row.result) for row in built}
        return [results[number] for number in range(len(buckets))]

    def _knock(self) -> None:
        place = urlsplit(self.name)
        try:
            socket.create_connection((str(place.hostname), place.port or 15002), timeout=_SECONDS).close()
        except OSError as error:
            raise self._unusable(f"nothing answers there ({error.strerror or error})") from None

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Raise an error of one line for a cluster that was lost, or refuses a step."""
        from pyspark.errors import PySparkException, PythonException

        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")
                yield
        except PythonException:
            # Of a function of ours, which failed there as it would have failed here.
            raise
        except PySparkException as error:
            # The next step may find the cluster up again, but not its sessions.
            _session.cache_clear()
            reason = _DETAILS.search(str(error)) or _LINE.search(str(error))
            raise self._unusable(f"the cluster refused or lost the step: {reason[1] if reason else error!r}") from error

    def _unusable(self, reason: str) -> BackendError:
        return BackendError(
            f"CDP_BACKEND is {self.name}: {reason}. Nothing was published; "
            "repair that and run again, or set CDP_BACKEND=duckdb. See docs/cluster.md."
        )


def _import_client(name: str) -> None:
    try:
        for module in ("pyspark", "sqlglot", "pyspark.sql.connect.session"):
            import_module(module)
    except ImportError as error:
        raise BackendError(
            f"CDP_BACKEND is {name}, for which {error.name or 'a package'} is missing: install the extra, "
            "pip install 'cdp_pipeline[spark]', or set CDP_BACKEND=duckdb. See docs/cluster.md."
        ) from None


@cache
def _session(address: str) -> Any:
    """The session of this process with a cluster."""
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(address).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session


def _over(tables: dict[str, Path], sql: str) -> str:
    """A SELECT in Spark's dialect that knows these tables by their names."""
    known = (f"{name} AS (SELECT * FROM parquet.`{folder.absolute()}/*.parquet`)" for name, folder in tables.items())
    return f"WITH {', '.join(known)} SELECT * FROM ({_carried(sql)}) result"


@cache
def _carried(sql: str) -> str:
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]


def _written(folder: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """On a worker: write the rows of a partition, and give the name of the file; of none no file."""
    file, writer = f".{secrets.token_hex(16)}", None
    for batch in batches:
        if batch.num_rows:
            writer = writer or pq.ParquetWriter(folder / file, schema)
            writer.write_batch(batch.cast(schema))
    if writer:
        writer.close()
        yield pa.record_batch({"file": [file]})


def _built(
    build: Callable[[BucketT], ResultT], buckets: Sequence[BucketT], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """On a worker: call the function for the buckets of the numbers that came."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            result = pickle.dumps(build(buckets[number]))
            yield pa.record_batch({"number": pa.array([number], pa.int64()), "result": pa.array([result], pa.binary())})


def _probed(seal: Path, _: int) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """On a worker: whether it sees a file of the driver, and what it runs."""
    return seal.exists(), tuple(_environment().items())


@cache
def _environment() -> dict[str, str]:
    """What must be the same on driver and workers, so that both make the same of the same rows.

    Looked up once: a worker that has run since before an upgrade goes on with what it had imported.
    """
    code = hashlib.sha256()
    for module in sorted(_PACKAGE.rglob("*.py")):
        code.update(module.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, "Polars": pl.__version__, "cdp_pipeline": code.hexdigest()[:12]}
