"""`make tidy`: deletes runs that ended long ago, with their events and logs; Dagster keeps them for ever.

Only the history of runs is changed, never the lake or the database. The dates of deleted runs show as missing in the
UI; running them again reads nothing, as their files are unchanged. Ticks are purged by the daemon, see `dagster.yaml`.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import dagster as dg

from cdp_pipeline.defs.run_history import INDEX, event_file

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
BATCH = 100
"""Runs that are looked up at once."""


@dataclass(frozen=True)
class Deleted:
    """The number of deleted runs, and of bytes by which the files of a SQLite instance shrank."""

    runs: int
    freed: int


def delete_old_runs(instance: dg.DagsterInstance, before: datetime) -> Deleted:
    """Delete every run that ended, was created before a timestamp and is not the newest, with its events and logs.

    The newest run stays whatever its age, so that the UI shows the state of the assets. In a PostgreSQL instance the
    server gives the space back by itself.
    """
    newest = {run.run_id for run in instance.get_runs(limit=1)}
    wanted = dg.RunsFilter(statuses=ENDED, created_before=before)
    deleted, freed = 0, 0
    while old := [run for run in instance.get_runs(wanted, limit=BATCH) if run.run_id not in newest]:
        for run in old:
            instance.delete_run(run.run_id)
            instance.compute_log_manager.delete_logs(prefix=[run.run_id])
            freed += _remove_events(instance, run.run_id)
        deleted += len(old)
    return Deleted(deleted, freed + (_shrink_index(instance) if deleted else 0))


def _remove_events(instance: dg.DagsterInstance, run_id: str) -> int:
    """Dagster empties the file in which SQLite keeps a run's events and leaves it there, as large as it was."""
    file = event_file(instance, run_id)
    size = file.stat().st_size if file else 0
    if file:
        file.unlink()
    return size


def _shrink_index(instance: dg.DagsterInstance) -> int:
    index = event_file(instance, INDEX)
    if index is None:
        return 0
    before = index.stat().st_size
    with closing(sqlite3.connect(index, timeout=60)) as connection:
        connection.execute("VACUUM")
    return before - index.stat().st_size


@click.command()
@click.option("--days", type=click.IntRange(1), default=180, show_default=True, help="Keep the runs of so many days.")
def main(days: int) -> None:
    """Delete runs that are older than so many days; Dagster may be running meanwhile."""
    folder = Path(os.environ.get("DAGSTER_HOME") or Path.cwd())
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        done = delete_old_runs(instance, datetime.now(UTC) - timedelta(days=days))
    click.echo(
        f"Deleted {done.runs:,} runs older than {days} days; {done.freed / 1e6:,.1f} MB of SQLite files are free."
    )


if __name__ == "__main__":
    main()
