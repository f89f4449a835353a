"""What reading costs beside straight-line DuckDB SQL over the same files, what a small file costs, and the memory.

python -m benchmarks.reading [--drop DIR] [--only drop small sample large]

The baseline reads each file as text, casts, checks required fields, and writes accepted and rejected rows as Parquet:
the least that any reader must do. It keeps no line numbers, reasons, keys or normalised contacts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import fastexcel
import orjson
import polars as pl

from benchmarks.measure import Report, cpu_seconds, peak_memory, settings_of
from cdp_pipeline.deliveries import pending, process_day
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.ingest import RawFile, discover_files
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake

_PARTS = ("drop", "small", "sample", "large")
_SQL_TYPES: dict[type[pl.DataType], str] = {
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
}
_LARGE_BYTES = 2**30


def main() -> None:
    """Run the chosen parts and print their figures beside the wanted ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--drop", type=Path, help="a drop made by cdp generate, instead of a new one")
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=_PARTS)
    parser.add_argument("--process", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cdp-reading-") as scratch:
        folder = Path(scratch)
        if chosen.process:
            _tell_process(chosen.process, folder)
            return
        drop = chosen.drop or folder / "raw"
        if not chosen.drop and {"drop", "small"} & set(chosen.only):
            generate(drop, chosen.people, chosen.days, chosen.seed)
        if "drop" in chosen.only:
            _compare(drop, folder)
        if "small" in chosen.only:
            _compare_small_files(drop, folder)
        if "sample" in chosen.only:
            _say(f"sample, all files, a fresh process: {_in_a_process(Path('data/raw'))} (wanted: 1.5 CPU s)")
        if "large" in chosen.only:
            raw = _large_file(folder / "large")
            _say(f"one NDJSON file of 1 GB, a fresh process: {_in_a_process(raw)} (wanted: below 1,200 MiB)")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _read_all(settings: Settings, entities: Iterable[Entity]) -> int:
    lake = Lake(settings.lake_dir)
    landing = discover_files(settings.raw_dir, [entity.object_type for entity in ENTITIES])
    return sum(
        process_day(lake, work, settings, "bench").line.read
        for entity in entities
        for work in pending(lake, landing, [entity], settings)
    )


def _compare(drop: Path, folder: Path) -> None:
    report = Report()
    settings = settings_of(drop, folder / "product")
    landing = discover_files(drop, [entity.object_type for entity in ENTITIES])
    ratios = {}
    for entity in ENTITIES:
        files = [file for file in landing.files if file.object_type == entity.object_type]
        with report.measuring(f"DuckDB SQL {entity.object_type}") as base:
            base.rows = read_by_sql(entity, files, folder / "baseline")
        with report.measuring(f"read, check, stage {entity.object_type}") as product:
            product.rows = _read_all(settings, [entity])
        ratios[entity.object_type] = (product.cpu, base.cpu)
    report.print()
    total, base_total = (sum(pair[n] for pair in ratios.values()) for n in (0, 1))
    product_moego, base_moego = ratios["moego-lead"]
    _say(f"all entities: {total:.1f} CPU s, baseline {base_total:.1f}: {total / base_total:.2f} x (wanted: 1.5)")
    _say(f"moego-lead: {product_moego:.2f} CPU s, baseline {base_moego:.2f}: {product_moego / base_moego:.2f} x (3)")


def read_by_sql(entity: Entity, files: Sequence[RawFile], folder: Path) -> int:
    """Read, cast, check and write with DuckDB; returns the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    with duckdb.connect() as connection:
        for number, file in enumerate(files):
            connection.execute(f"CREATE OR REPLACE VIEW sent AS {_sent(entity, file.path, connection)}")
            there = {name.lower(): name for name, *_ in connection.execute("DESCRIBE sent").fetchall()}
            casts = ", ".join(_cast(column.source, column.kind.dtype, there) for column in entity.columns)
            required = " AND ".join(f'"{c.source}" IS NOT NULL' for c in entity.columns if c.required) or "true"
            connection.execute(f"CREATE OR REPLACE TABLE typed AS SELECT {casts} FROM sent")
            for name, condition in (("accepted", required), ("rejected", f"NOT ({required})")):
                target = folder / f"{entity.name}-{number}-{name}.parquet"
                connection.execute(f"COPY (SELECT * FROM typed WHERE {condition}) TO '{target}' (COMPRESSION zstd)")
            rows += connection.execute("SELECT count(*) FROM typed").fetchall()[0][0]
    return rows


def _sent(entity: Entity, path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    """The rows of a file as text, one column per field that it has."""
    ending = path.name.removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
    if ending == "parquet":
        return f"SELECT * FROM read_parquet('{path}')"
    if ending == "xlsx":
        connection.register("sheet", fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars().to_arrow())
        return "SELECT * FROM sheet"
    if ending in ("csv", "tsv"):
        return f"SELECT * FROM read_csv('{path}', all_varchar = true, header = true, ignore_errors = true)"
    texts = "SELECT unnest(CASE WHEN json_exists(json, '$.entries') THEN json_extract(json, '$.entries[*]') "
    texts += "WHEN json_exists(json, '$.leads') THEN json_extract(json, '$.leads[*]') ELSE [json] END) AS entry "
    layout = "newline_delimited" if ending in ("ndjson", "jsonl") else "auto"
    texts += f"FROM read_json_objects('{path}', format = '{layout}', ignore_errors = {layout != 'auto'}, "
    texts += "maximum_object_size = 268435456)"
    paths = ", ".join(f"'$.{column.source}'" for column in entity.columns)
    cells = ", ".join(f'cells[{n}] AS "{column.source}"' for n, column in enumerate(entity.columns, start=1))
    return f"SELECT {cells} FROM (SELECT json_extract_string(entry, [{paths}]) AS cells FROM ({texts}))"


def _cast(source: str, dtype: pl.DataType, there: dict[str, str]) -> str:
    name = there.get(source.lower())
    value = f"nullif(trim(\"{name}\"::VARCHAR), '')" if name else "NULL::VARCHAR"
    target = _SQL_TYPES.get(type(dtype))
    return f'TRY_CAST({value} AS {target}) AS "{source}"' if target else f'{value} AS "{source}"'


def _compare_small_files(drop: Path, folder: Path) -> None:
    """1,000 files of 100 rows against the same rows in one file per entity and format."""
    cost = {}
    for name, rows_per_file in (("small", 100), ("whole", 10**9)):
        raw, count = folder / name, 0
        for entity_name in ("customer-identity", "customer-membership", "customer-product-activity", "sms-interaction"):
            table = _rows_of(BY_OBJECT_TYPE[entity_name], drop, 25_000)
            for format_number, write in enumerate(_WRITERS):
                part = table[format_number * 5_000 : (format_number + 1) * 5_000]
                target = raw / entity_name / "2026-09-01"
                target.mkdir(parents=True, exist_ok=True)
                for start in range(0, part.height, rows_per_file):
                    write(part[start : start + rows_per_file], target / f"{format_number}-{start}")
                    count += 1
        before = cpu_seconds()
        rows = _read_all(settings_of(raw, folder / f"{name}-lake"), ENTITIES)
        cost[name] = (cpu_seconds() - before, count)
        _say(f"{rows:,} rows in {count:,} files: {cost[name][0]:.2f} CPU s")
    more = (cost["small"][0] - cost["whole"][0]) / (cost["small"][1] - cost["whole"][1])
    _say(f"each further file: {1000 * more:.1f} ms of CPU (wanted: 15)")


def _rows_of(entity: Entity, drop: Path, rows: int) -> pl.DataFrame:
    """Rows as text of an entity's NDJSON files of a drop, repeated where there are too few."""
    files = sorted((drop / entity.object_type).rglob("*.ndjson"))
    found = []
    for line in (line for file in files for line in file.read_bytes().splitlines()):
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        for row in entry.get("entries", [entry]) if isinstance(entry, dict) else []:
            if isinstance(row, dict):
                found.append({k: v if isinstance(v, str) else orjson.dumps(v).decode() for k, v in row.items()})
        if len(found) >= rows:
            break
    every = (found * (rows // len(found) + 1))[:rows]
    return pl.DataFrame(every, infer_schema_length=None)


_WRITERS = (
    lambda table, path: table.write_ndjson(path.with_suffix(".ndjson")),
    lambda table, path: path.with_suffix(".json").write_text(table.write_json()),
    lambda table, path: table.write_csv(path.with_suffix(".csv")),
    lambda table, path: table.write_parquet(path.with_suffix(".parquet")),
    lambda table, path: table.write_excel(path.with_suffix(".xlsx")),
)


def _large_file(raw: Path) -> Path:
    """A landing folder with one NDJSON file of 1 GB."""
    path = raw / "customer-product-activity" / "2026-09-01" / "activity.ndjson"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        number = 0
        while file.tell() < _LARGE_BYTES:
            lines = []
            for _ in range(10_000):
                number += 1
                entry = {"systemName": "Website", "internalCompanyId": "ORG1", "actionId": f"A{number}"}
                entry |= {"customerPhone": f"09{number % 10**8:08}", "customerEmail": f"khach{number}@example.com"}
                entry |= {
                    "action": "view",
                    "actionAt": str(1_788_000_000_000 + number),
                    "productName": "Áo dài lụa " * 8,
                }
                lines.append(orjson.dumps(entry))
            file.write(b"\n".join(lines) + b"\n")
    return raw


def _in_a_process(raw: Path) -> str:
    """CPU and peak memory of a fresh process that reads a raw folder."""
    command = [sys.executable, "-m", "benchmarks.reading", "--process", str(raw.resolve())]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ.copy()).stdout.strip()


def _tell_process(raw: Path, folder: Path) -> None:
    imports = cpu_seconds()
    rows = _read_all(settings_of(raw, folder), ENTITIES)
    cpu = cpu_seconds() - imports
    _say(f"{rows:,} rows, {cpu:.2f} CPU s and {imports:.2f} for imports, peak {peak_memory():,.0f} MiB")


if __name__ == "__main__":
    main()
