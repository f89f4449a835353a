"""A cluster makes the same tables as one machine, cell by cell, and says in one line why it cannot be used.

The cluster is one of Sail or of Spark on this machine, each of a driver and two workers, spoken to as a cluster
elsewhere. `make cluster` runs what needs the first, `make spark` what needs the second.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.servers import free_port, sail_command, sail_settings, start_server
from cdp_pipeline.backend import spark_connect
from cdp_pipeline.backend.local import LOCAL, ONE_MACHINE, Backend, BackendError, Query, Workspace, backend_of
from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.identity import pipeline as resolve
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import held
from cdp_pipeline.values import hashes as buckets
from cdp_pipeline_tests import killed_worker
from cdp_pipeline_tests.deliveries.conftest import copy_folder
from cdp_pipeline_tests.pipeline.whole_run import differing_tables, lake_frames

FIRST, NEXT = datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Cluster:
    """A cluster on this machine, of two workers, at a new port whenever it is started.

    Attributes:
        above: How far above the process that runs a function of ours the worker stands.
    """

    above: int

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"

    def start(self) -> None:
        self.port = free_port()
        self.backend = backend_of(f"sc://127.0.0.1:{self.port}")
        self.process = start_server(self.command(), self.port, self.folder, self.variables())

    def variables(self) -> dict[str, str]:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def has_lost_a_worker(self) -> bool:
        raise NotImplementedError

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


class Sail(Cluster):
    """Driver and workers are one process."""

    above = 0

    def variables(self) -> dict[str, str]:
        return {**sail_settings(2, self.folder), "RUST_LOG": "error"}

    def command(self) -> list[str]:
        return sail_command(self.port)

    def has_lost_a_worker(self) -> bool:
        return self.process.wait(timeout=30) == -signal.SIGKILL


class Spark(Cluster):
    """The driver and each worker are processes of their own; a worker begins one that begins the Pythons."""

    above = 2

    def variables(self) -> dict[str, str]:
        return {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}

    def command(self) -> list[str]:
        told = {
            "spark.master": "local-cluster[2,1,1500]",
            "spark.driver.memory": "1g",
            "spark.executor.memory": "1g",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": self.port,
            "spark.executorEnv.PYTHONPATH": ROOT,
            "spark.local.dir": self.folder,
            "spark.sql.shuffle.partitions": 4,
            "spark.ui.enabled": "false",
        }
        submit = Path(str(find_spec("pyspark").origin)).parent / "bin" / "spark-submit"
        settings = (part for name, value in told.items() for part in ("--conf", f"{name}={value}"))
        return [str(submit), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", *settings]

    def has_lost_a_worker(self) -> bool:
        return f"exited with code {128 + signal.SIGKILL}" in self.log.read_text(encoding="utf-8")


@pytest.fixture(
    scope="module",
    params=[pytest.param(Sail, marks=pytest.mark.cluster), pytest.param(Spark, marks=pytest.mark.spark)],
)
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found: Cluster = request.param(tmp_path_factory.mktemp("cluster"))
    found.start()
    try:
        yield found
    finally:
        found.stop()


@dataclass(frozen=True)
class Place:
    """A lake and a database of their own, and the backend that fills them."""

    folder: Path
    backend: str

    @property
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            raw_dir=self.folder.parent / "raw",
            lake_dir=self.folder / "lake",
            database_url=f"sqlite:///{self.folder}/cdp.db",
            backend=self.backend,
        )

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake_dir)

    @property
    def database(self) -> Path:
        return self.folder / "cdp.db"

    def read(self, days: list[str]) -> None:
        with held(self.lake, "reading"):
            for entity in ENTITIES:
                process_days(self.lake, entity, self.settings, "run", days=days, reprocess=False, log=lambda _: None)

    def run(self, read: "Place", now: datetime) -> None:
        """Take over what was read, and take the steps after it."""
        copy_folder(read.settings.lake_dir, self.settings.lake_dir)
        with held(self.lake, "run"):
            bring_up_to_date(self.lake, self.settings, now)


def assert_same(found: Place, expected: Place) -> None:
    one, other = lake_frames(found.settings), lake_frames(expected.settings)
    assert one.keys() == other.keys()
    for name, rows in one.items():
        assert_frame_equal(rows, other[name])
    assert differing_tables(found.settings, expected.settings) == []


def test_a_cluster_makes_the_tables_of_one_machine_also_where_a_worker_is_lost(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *before, newest = (day.isoformat() for day in generate(tmp_path / "raw", 2_000, 6, seed=24).days)
    read, local = Place(tmp_path / "read", LOCAL), Place(tmp_path / "local", LOCAL)
    there = Place(tmp_path / "there", cluster.backend.address)
    read.read(before)
    local.run(read, FIRST)
    current = {entity.name: local.lake.scan("current", entity.name).collect() for entity in ENTITIES}
    assert min(rows.height for rows in current.values()) > 0, "every entity was delivered"
    assert sum(rows["is_deleted"].sum() for rows in current.values()) > 0
    assert max(rows["version_count"].max() for rows in current.values()) > 1
    # One machine has all in one bucket; on the cluster each is resolved and built in several.
    monkeypatch.setattr(buckets, "ROWS_AT_ONCE", 6_000)
    monkeypatch.setattr(resolve, "_resolve_bucket", killed_worker.resolve_or_die)
    there.run(read, FIRST)
    assert_same(there, local)

    read.read([newest])
    was, published = lake_frames(there.settings, ["identity"]), there.database.read_bytes()
    order = there.settings.lake_dir / killed_worker.ORDER
    order.write_text(str(cluster.above), encoding="ascii")
    if isinstance(cluster, Sail):
        # The worker takes the driver with it, so that the step fails; Spark gives the task to another worker.
        with pytest.raises(BackendError, match="the cluster refused or lost the step"):
            there.run(read, NEXT)
        assert there.database.read_bytes() == published
        for name, rows in lake_frames(there.settings, ["identity"]).items():
            assert_frame_equal(rows, was[name])
        # At another port: of one that refused it, a process asks again only after a while.
        assert cluster.has_lost_a_worker()
        cluster.start()
        there = Place(there.folder, cluster.backend.address)
    there.run(read, NEXT)
    assert not order.exists()
    assert isinstance(cluster, Sail) or cluster.has_lost_a_worker()
    monkeypatch.undo()
    local.run(read, NEXT)
    assert there.database.read_bytes() != published
    assert_same(there, local)


def test_a_cluster_gives_every_column_the_type_that_one_machine_gives_it(cluster: Cluster, tmp_path: Path) -> None:
    orders = pl.DataFrame(
        {
            "customer": ["An", "An", "Bình"],
            "amount": [1, 2, 5],
            "at": [datetime(2026, 3, day, 9, 30, tzinfo=UTC) for day in (1, 2, 3)],
            "on": [date(2026, 3, day) for day in (1, 2, 3)],
            "tags": [["a"], [], None],
            "lines": [[{"n": 1, "t": "x"}], None, []],
        },
        schema_overrides={"amount": pl.Int32, "at": pl.Datetime("ms", "UTC")},
    )
    sql = """
    SELECT o.*, ROW_NUMBER() OVER (ORDER BY o.on) - 1 AS place, 1 AS one, CAST(s.spent AS DOUBLE) / 3e0 AS third,
        s.spent > 2 AS is_much, s.spent, s.orders, NULL AS nothing
    FROM orders o JOIN (
        SELECT customer, CAST(SUM(amount) AS BIGINT) AS spent, COUNT(*) AS orders FROM orders GROUP BY customer
    ) s ON s.customer = o.customer"""
    made = []
    for backend in (ONE_MACHINE, cluster.backend):
        work = Workspace(tmp_path / type(backend).__name__, backend)
        work.write("orders", orders)
        work.run(Query("found", ("orders",), sql.replace("NULL AS nothing", "CAST(NULL AS DATE) AS nothing")))
        work.run(Query("none", ("found",), "SELECT * FROM found WHERE spent > 100"))
        assert work.scalar("SELECT COUNT(*) FROM found", "found") == 3
        made.append((work.scan("found").sort("on").collect(), work.scan("none").collect()))
    for one, other in zip(*made, strict=True):
        assert_frame_equal(one, other)


def twice(bucket: int) -> int:
    return 2 * bucket


def test_what_buckets_give_comes_in_their_order(cluster: Cluster) -> None:
    backends: list[Backend] = [ONE_MACHINE, cluster.backend]
    assert [backend.map_buckets(twice, range(40)) for backend in backends] == [list(range(0, 80, 2))] * 2
    assert [backend.map_buckets(twice, []) for backend in backends] == [[], []]


@pytest.mark.parametrize("cluster", [pytest.param(Spark, marks=pytest.mark.spark)], indirect=True)
def test_a_step_that_a_cluster_gives_up_fails_in_one_line(cluster: Cluster) -> None:
    with refused("the cluster refused or lost the step"):
        cluster.backend.map_buckets(killed_worker.die, [0])
    assert cluster.backend.map_buckets(twice, [1]) == [2]


@contextmanager
def refused(told: str) -> Iterator[None]:
    with pytest.raises(BackendError) as error:
        yield
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with refused("CDP_BACKEND is sc://spark:15002, for which pyspark is missing: install the extra, pip install"):
        backend_of("sc://spark:15002/;token=secret").check(tmp_path)


def test_a_cluster_that_cannot_be_used_is_refused_in_one_line(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.backend.check(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with refused(f"CDP_BACKEND is sc://127.0.0.1:{(port := free_port())}: nothing answers there"):
        backend_of(f"sc://127.0.0.1:{port}/;token=secret").check(tmp_path)
    with refused("CDP_BACKEND is sc://no-such-host.invalid: nothing answers there"):
        backend_of("sc://no-such-host.invalid").check(tmp_path)
    with refused("lake [1] has '[' in its name"):
        cluster.backend.check(tmp_path / "lake [1]")
    with refused("lake:1 has ':' in its name"):
        cluster.backend.check(tmp_path / "lake:1")
    with monkeypatch.context() as patch:
        patch.setattr(spark_connect, "_OLDEST", 5)
        with refused("it is Spark 4."):
            cluster.backend.check(tmp_path)
    here = spark_connect._environment()
    with monkeypatch.context() as patch:
        patch.setattr(spark_connect, "_environment", lambda: {**here, "Polars": "1.9.0"})
        with refused(f"a worker has Polars {pl.__version__} (here 1.9.0); install the same on both"):
            cluster.backend.check(tmp_path)


@pytest.mark.cluster
@pytest.mark.spark
def test_what_answers_but_is_no_cluster_is_refused_in_one_line(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        Thread(target=other.serve_forever).start()
        with refused("the cluster refused or lost the step"):
            backend_of(f"sc://127.0.0.1:{other.server_port}").check(tmp_path)
        other.shutdown()


def test_the_page_about_clusters_sets_up_the_one_that_is_tested() -> None:
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    exported = "\n".join(line for line in page.splitlines() if line.startswith("export "))
    assert dict(re.findall(r"(SAIL_\w+)=(\S+)", exported)) == sail_settings(2, Path("/tmp"))


def test_who_sets_no_cluster_loads_nothing_of_it() -> None:
    loaded = "import cdp_pipeline.definitions, sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT)
    # Pandera loads pyspark wherever it is installed.
    assert not {"cdp_pipeline.backend.spark_connect", "sqlglot"} & set(told.stdout.split())
