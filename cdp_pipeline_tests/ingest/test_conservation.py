"""Nothing is lost: over a folder of files damaged in every way, and whatever is read with them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.ingest.batch import Batch

pytestmark = pytest.mark.usefixtures("both_ways_of_reading_json")

TO_DO = re.compile(r"\b(deliver|send|export|correct)\b[^.]*(\.\w+)?\.$", re.IGNORECASE)
"""The end of a message that says what to do: hand a file over again, or correct an entry."""


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


def test_every_message_of_a_damaged_file_says_what_to_do(damaged_files: Any, read: Callable[..., Batch]) -> None:
    messages = {
        (name, message)
        for name, file in damaged_files.items()
        for message in read(name, file.content).rejected["message"]
    }
    assert len({message for _, message in messages}) > 10
    assert sorted(told for told in messages if not TO_DO.search(told[1])) == []


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
