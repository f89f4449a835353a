"""Where Dagster keeps the runs and events of a checkout: its own SQLite files, over connections that stay open.

Dagster's own storage makes a new engine for every statement: it compiles the SQL and opens a file each time,
some ten milliseconds of CPU for each of the thousand events of a small run. Files and tables are the same, so that
`dagster.yaml` can name `storage: sqlite` instead at any time. The only module of the package that imports what
Dagster does not publish; docs/decisions.md has the reason.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

INDEX = "index"
"""Dagster's name for the file of the events that are asked for over all runs."""

SECONDS = 30
"""How long a statement waits for another process that writes."""


def event_file(instance: dg.DagsterInstance, name: str) -> Path | None:
    """The SQLite file of a run's events, or of the index; None where an instance keeps them elsewhere."""
    storage = instance.event_log_storage
    file = Path(storage.path_for_shard(name)) if isinstance(storage, SqliteEventLogStorage) else None
    return file if file and file.exists() else None


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(url, connect_args={"timeout": SECONDS})


class Runs(SqliteRunStorage):
    """Dagster's runs, over connections that stay open."""

    @cached_property
    def _engine(self) -> sa.Engine:
        return _engine(self._conn_string)

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A transaction on the file of runs."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close what is open."""
        self._engine.dispose()


class Events(SqliteEventLogStorage):
    """Dagster's events; the index stays open, and the file of the run that was asked for last."""

    def __init__(self, base_dir: str) -> None:
        self._engines: dict[str, sa.Engine] = {}
        # Of two transactions of this process that read before they write, SQLite would refuse one at once.
        self._one_at_a_time = threading.Lock()
        super().__init__(base_dir)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[sa.Connection]:
        """A transaction on the file of a run, which is made where there is none."""
        return self._transaction(run_id or INDEX)

    def index_connection(self) -> AbstractContextManager[sa.Connection]:
        """A transaction on the index."""
        return self._transaction(INDEX)

    @contextmanager
    def _transaction(self, file: str) -> Iterator[sa.Connection]:
        with self._one_at_a_time:
            if file not in self._engines:
                with super().run_connection(file):
                    """Dagster's own connection makes the file and its tables."""
                for other in self._engines.keys() - {INDEX}:
                    self._engines.pop(other).dispose()
                self._engines[file] = _engine(self.conn_string_for_shard(file))
            with self._engines[file].begin() as connection:
                yield connection

    def wipe(self) -> None:
        """Delete all events, with the files of runs."""
        self.dispose()
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


class RunHistory(DagsterSqliteStorage):
    """What `dagster.yaml` names as storage; configured with the folder, as Dagster's own."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        history = Path(base_dir, "history")
        self._run_storage = Runs.from_local(str(history))
        self._event_log_storage = Events(str(history / "runs"))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """What Dagster calls with the configuration."""
        return cls.from_local(inst_data=inst_data, **config_value)
