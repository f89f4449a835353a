"""Files written by a test, and what the reader makes of them."""

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import entries
from cdp_pipeline.ingest.batch import Batch, ListPage, batch_of
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.pipeline import read_files


@pytest.fixture(params=[0, 2**40], ids=["together", "one by one"])
def both_ways_of_reading_json(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few bytes are parsed one by one, many by DuckDB together: both must give the same of every file."""
    monkeypatch.setattr(entries, "FEW_BYTES", request.param)


@pytest.fixture
def raw_file(tmp_path: Path) -> Callable[..., RawFile]:
    """A file with this name and content, as `discover_files` would give it."""

    def build(name: str, content: bytes | str, entity: Entity = CUSTOMER_IDENTITY) -> RawFile:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        stat = path.stat()
        return RawFile(entity.object_type, None, path, name, stat.st_size, stat.st_mtime_ns)

    return build


@pytest.fixture
def read(raw_file: Callable[..., RawFile]) -> Callable[..., Batch]:
    """All batches of a file with this name and content, as one."""

    def run(name: str, content: bytes | str, entity: Entity = CUSTOMER_IDENTITY, batch_rows: int = 200_000) -> Batch:
        return together(entity, read_files([raw_file(name, content, entity)], entity, batch_rows))

    return run


def together(entity: Entity, batches: Iterator[Batch]) -> Batch:
    found = list(batches)
    findings = sum((batch.findings for batch in found), Counter[str]())
    pages = sum((batch.pages for batch in found), Counter[ListPage]())
    return batch_of(entity, [batch.rows for batch in found], [batch.rejected for batch in found], findings, pages)


@pytest.fixture
def sent() -> Callable[[Batch], list[dict[str, Any]]]:
    """The rows of a batch without nulls and without `raw`, as dictionaries."""

    def view(batch: Batch) -> list[dict[str, Any]]:
        rows = batch.rows.drop("raw", "source_file", "entry_number").to_dicts()
        return [{name: value for name, value in row.items() if value is not None} for row in rows]

    return view


@pytest.fixture
def refused() -> Callable[[Batch], list[tuple[int, str]]]:
    """Where the rejected rows of a batch stand and which rule they break."""

    def view(batch: Batch) -> list[tuple[int, str]]:
        return batch.rejected.select("source_row", pl.col("rules").list.join(",")).rows()

    return view


@pytest.fixture(scope="session")
def damaged_files() -> Any:
    """Damaged files by name: content, entries read, entries rejected."""
    spec = importlib.util.spec_from_file_location("damaged_files", Path(__file__).with_name("damaged_files.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.damaged_files()
