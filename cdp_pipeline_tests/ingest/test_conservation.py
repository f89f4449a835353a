"""Nothing is lost: over a folder of files damaged in every way, and whatever is read with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.ingest.batch import Batch


def test_every_entry_of_a_damaged_file_is_a_row_or_rejected(
    damaged_files: Any, read: Callable[..., Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    found = {
        name: (b.read, b.rejected.height) for name, file in damaged_files.items() if (b := read(name, file.content))
    }
    assert found == {name: (file.read, file.rejected) for name, file in damaged_files.items()}
    assert len(found) >= 30
    assert list(scratch.iterdir()) == [], "reading leaves temporary files"
    changed = [name for name, file in damaged_files.items() if (tmp_path / name).read_bytes() != file.content]
    assert changed == [], "reading changes files"


@pytest.mark.parametrize(
    "name",
    [
        "no_entries.ndjson",
        "blank_lines.ndjson",
        "utf16.ndjson",
        "unknown_key_twice.ndjson",
        "array_with_odd_elements.json",
        "envelope_with_odd_entries.ndjson",
        "ragged.csv",
        "quoted_line_break.csv",
        "open_quote.csv",
        "quote_closed_by_another.csv",
        "blank_lines.csv",
        "unknown_delimiter.csv",
        "blank_rows.xlsx",
        "sound.parquet",
    ],
)
def test_the_size_of_batches_changes_nothing(damaged_files: Any, read: Callable[..., Batch], name: str) -> None:
    whole, parts = read(name, damaged_files[name].content), read(name, damaged_files[name].content, batch_rows=2)
    assert parts.rows.equals(whole.rows)
    assert parts.rejected.equals(whole.rejected)
    assert parts.findings == whole.findings
