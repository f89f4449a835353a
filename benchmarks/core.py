"""The whole job beside straight-line DuckDB SQL that does what cannot be left out, step by step, in one process.

python -m benchmarks.core [--people N] [--days D] [--seed S] [--drop DIR]

The baseline reads, casts and checks; keeps the newest version of each record; joins records by phone, e-mail and
customer id to connected components; builds a table of persons per entity and a profile per person; and loads all of it
into SQLite with an index. It knows no line numbers, reasons, placeholders, limits, contradictions, steady ids,
households, survivorship or merging. `collect` counts every query that Polars runs, those of eager frames too.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
from adbc_driver_sqlite import dbapi as sqlite_loader

from benchmarks.measure import Measured, Report, settings_of
from benchmarks.reading import read_by_sql
from cdp_pipeline.deliveries import pending, process_day
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.ingest import discover_files
from cdp_pipeline.pipeline import LAYERS, chosen_of, publish_database, steps_of
from cdp_pipeline.store import Lake

_STEPS = ("read", "current", "identity", "tables", "publish")
_MOST_HOLDERS = 20
_QUERIES = ("collect", "_collect_eager", "collect_batches", "sink_parquet")


def main() -> None:
    """Run both over one drop and print their figures, step by step."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.core")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--drop", type=Path, help="a drop made by cdp generate, instead of a new one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cdp-core-") as scratch:
        folder, report = Path(scratch), Report()
        drop = chosen.drop or folder / "raw"
        if not chosen.drop:
            generate(drop, chosen.people, chosen.days, chosen.seed)
        base = _run(report, "DuckDB SQL", _baseline(drop, folder / "baseline"))
        product = _run(report, "product", _product(drop, folder / "product"))
        report.print()
        for step in _STEPS:
            _say(f"{step:10}{product[step].cpu:8.1f} CPU s, baseline {base[step].cpu:6.1f}")
        ours, theirs = (sum(line.cpu for line in lines.values()) for lines in (product, base))
        _say(f"whole job {ours:8.1f} CPU s, baseline {theirs:6.1f}: {ours / theirs:.2f} x")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _run(report: Report, who: str, steps: dict[str, Callable[[], int]]) -> dict[str, Measured]:
    lines = {}
    for name, step in steps.items():
        with _counted() as queries, report.measuring(f"{who}: {name}") as line:
            line.rows = step()
        line.what += f" ({sum(queries):,} collect)"
        lines[name] = line
    return lines


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Counts the queries that Polars runs within."""
    counted: list[int] = []
    kept = {name: getattr(pl.LazyFrame, name) for name in _QUERIES if hasattr(pl.LazyFrame, name)}

    def counting(query: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **options: object) -> object:
            counted.append(1)
            return query(*args, **options)

        return run

    for name, query in kept.items():
        setattr(pl.LazyFrame, name, counting(query))
    try:
        yield counted
    finally:
        for name, query in kept.items():
            setattr(pl.LazyFrame, name, query)


def _product(drop: Path, folder: Path) -> dict[str, Callable[[], int]]:
    settings = settings_of(drop, folder)
    lake = Lake(settings.lake_dir)

    def read() -> int:
        landing = discover_files(drop, [entity.object_type for entity in ENTITIES])
        return sum(
            process_day(lake, w, settings, "bench").line.read for w in pending(lake, landing, ENTITIES, settings)
        )

    steps = dict(steps_of(lake, settings, datetime.now(UTC)))
    tables = [steps[layer.name] for layer in LAYERS]
    return {
        "read": read,
        "current": steps["current"],
        "identity": steps["identity"],
        "tables": lambda: sum(step() for step in tables),
        "publish": lambda: sum(
            publish_database(lake, ENTITIES, settings.database_url, chosen_of(settings)).rows.values()
        ),
    }


def _baseline(drop: Path, folder: Path) -> dict[str, Callable[[], int]]:
    folder.mkdir(parents=True)
    connection = duckdb.connect(str(folder / "baseline.duckdb"))

    def read() -> int:
        landing = discover_files(drop, [entity.object_type for entity in ENTITIES])
        return sum(
            read_by_sql(entity, [f for f in landing.files if f.object_type == entity.object_type], folder / "accepted")
            for entity in ENTITIES
        )

    def current() -> int:
        return sum(_made(connection, f"current_{e.name}", _newest(e, folder / "accepted")) for e in ENTITIES)

    def tables() -> int:
        rows = sum(_made(connection, f"of_person_{e.name}", _of_person(e)) for e in ENTITIES)
        return rows + _made(connection, "profiles", _PROFILES_SQL)

    return {
        "read": read,
        "current": current,
        "identity": lambda: _components(connection),
        "tables": tables,
        "publish": lambda: _load(connection, folder / "baseline.db"),
    }


def _made(connection: duckdb.DuckDBPyConnection, table: str, sql: str) -> int:
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS {sql}")
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _source(entity: Entity, column: str) -> str:
    """The source's name of a column, of a normalised one that of what it is made of."""
    plain = column.removesuffix("_normalized").removesuffix("_e164")
    return f'"{entity.by_name[plain].source}"'


def _place(entity: Entity) -> tuple[str, str]:
    """Expressions for the company and system of a row."""
    company = _source(entity, entity.company_column)
    return company, _source(entity, "system_name") if "system_name" in entity.by_name else "'-'"


def _newest(entity: Entity, accepted: Path) -> str:
    """The newest version of each record of an entity."""
    company, system = _place(entity)
    key = ", ".join([company, system, *(_source(entity, part) for part in entity.natural_key)])
    newest = "coalesce(" + ", ".join([*(_source(entity, name) for name in entity.business_time), "0"]) + ")"
    return (
        f"SELECT *, md5(concat_ws('|', '{entity.name}', {key})) AS record_key, {company} AS company, "
        f"{system} AS system "
        f"FROM read_parquet('{accepted}/{entity.name}-*-accepted.parquet', union_by_name = true) "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {newest} DESC) = 1"
    )


def _components(connection: duckdb.DuckDBPyConnection) -> int:
    """A person per connected component of records that share a phone, e-mail or customer id."""
    values = []
    for entity in ENTITIES:
        if entity.role not in ("person", "contact"):
            continue
        head = f"FROM current_{entity.name}"
        for identifier in entity.identifiers:
            name = identifier.column.removesuffix("_normalized").removesuffix("_e164")
            if identifier.kind == "phone":
                value = f"right(regexp_replace({_source(entity, name)}, '[^0-9]', '', 'g'), 9)"
            elif identifier.kind == "email":
                value = f"lower(trim({_source(entity, name)}))"
            elif identifier.kind == "customer_id":
                value = f"concat_ws('|', company, system, {_source(entity, name)})"
            else:
                continue
            there = f"WHERE {_source(entity, name)} IS NOT NULL"
            values.append(f"SELECT record_key, company || '{identifier.kind}' || {value} AS value {head} {there}")
    found = " UNION ".join(values)
    _made(
        connection,
        "holders",
        f"SELECT * FROM ({found}) QUALIFY count(*) OVER (PARTITION BY value) <= {_MOST_HOLDERS} AND value IS NOT NULL",
    )
    _made(connection, "labels", "SELECT record_key, min(record_key) AS label FROM holders GROUP BY record_key")
    while True:
        connection.execute(
            "CREATE OR REPLACE TABLE lower_labels AS SELECT h.record_key, min(v.label) AS label FROM holders h JOIN "
            "(SELECT value, min(label) AS label FROM holders JOIN labels USING (record_key) GROUP BY value) v "
            "USING (value) GROUP BY h.record_key"
        )
        changed = connection.execute(
            "SELECT count(*) FROM lower_labels n JOIN labels o USING (record_key) WHERE n.label <> o.label"
        ).fetchall()[0][0]
        connection.execute("DROP TABLE labels; ALTER TABLE lower_labels RENAME TO labels")
        if not changed:
            break
    customers = " UNION ALL ".join(
        f"SELECT concat_ws('|', company, system, {_source(e, 'customer_id')}) AS customer, label AS person_id "
        f"FROM current_{e.name} JOIN labels USING (record_key)"
        for e in ENTITIES
        if e.role == "person" and "customer_id" in e.by_name
    )
    return _made(connection, "customers", f"SELECT customer, min(person_id) AS person_id FROM ({customers}) GROUP BY 1")


def _of_person(entity: Entity) -> str:
    if entity.role in ("person", "contact"):
        return f"SELECT label AS person_id, c.* FROM current_{entity.name} c LEFT JOIN labels USING (record_key)"
    if "customer_id" in entity.by_name:
        customer = f"concat_ws('|', company, system, {_source(entity, 'customer_id')})"
        return f"SELECT person_id, c.* FROM current_{entity.name} c LEFT JOIN customers ON customer = {customer}"
    return f"SELECT NULL::VARCHAR AS person_id, c.* FROM current_{entity.name} c"


_PROFILES_SQL = """
    WITH named AS (
        SELECT person_id, any_value(fullName) AS name, any_value(phone) AS phone, any_value(email) AS email,
            max(dob2) AS born, any_value(gender) AS gender, any_value(city) AS city, count(*) AS records
        FROM of_person_customer_identity GROUP BY person_id
    ), acted AS (
        SELECT person_id, count(*) AS activities, max(actionAt) AS last_activity
        FROM of_person_customer_product_activity GROUP BY person_id
    ), members AS (
        SELECT person_id, count(*) AS memberships FROM of_person_customer_membership GROUP BY person_id
    )
    SELECT p.person_id, named.* EXCLUDE person_id, activities, last_activity, memberships
    FROM (SELECT DISTINCT label AS person_id FROM labels) p
    LEFT JOIN named USING (person_id) LEFT JOIN acted USING (person_id) LEFT JOIN members USING (person_id)
"""


def _load(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """All tables of persons in SQLite, each with an index by person."""
    rows = 0
    with sqlite_loader.connect(str(file), autocommit=True) as loader, loader.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = OFF")
        cursor.fetchall()
        for table in ("profiles", *(f"of_person_{entity.name}" for entity in ENTITIES)):
            columns = connection.execute(f"DESCRIBE {table}").fetchall()
            texts = ", ".join(
                f'"{name}"::VARCHAR AS "{name}"' if kind in ("DATE", "BOOLEAN") else f'"{name}"'
                for name, kind, *_ in columns
            )
            batches = connection.sql(f"SELECT {texts} FROM {table} ORDER BY person_id").to_arrow_reader(100_000)
            cursor.adbc_ingest(table, batches, mode="create")
            cursor.execute(f"CREATE INDEX person_of_{table} ON {table} (person_id)")
            cursor.fetchall()
            rows += int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
    return rows


if __name__ == "__main__":
    main()
