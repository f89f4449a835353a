"""Every value reads back alike from both databases, however odd."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.cells import storable_batches
from cdp_pipeline.serving.pipeline import Changes, publish

Row = dict[str, Any]
ReadBack = Callable[..., list[Row]]

NOTES = Table(
    name="notes",
    description="One row per note, with a column of every type.",
    columns=(
        TableColumn("id", pl.Int64(), "Its number.", nullable=False),
        TableColumn("text", pl.String(), "Text."),
        TableColumn("whole", pl.Int64(), "A whole number."),
        TableColumn("number", pl.Float64(), "A number."),
        TableColumn("flag", pl.Boolean(), "A flag."),
        TableColumn("on", pl.Date(), "A date."),
        TableColumn("at", TIMESTAMP, "A moment."),
        TableColumn("list", pl.List(pl.String()), "A list."),
        TableColumn("map", pl.String(), "A map.", json=True),
    ),
    key=("id",),
)
FULL = {
    "id": 1,
    "text": "Trần Bình",
    "whole": 2**63 - 1,
    "number": 0.1,
    "flag": True,
    "on": date(1999, 12, 31),
    "at": datetime(2026, 3, 1, 23, 59, 59, 123000, tzinfo=UTC),
    "list": ["a", None, "ơ"],
    "map": {"customField01": "x", "n": [1.5, None]},
}
ODD_TEXTS = (
    "",
    " ",
    "\\N",
    "\\.",
    "\n",
    "\r\n",
    '"',
    '""',
    ",",
    "a\tb\\",
    "'; --",
    "NULL",
    "null",
    "é\u0301",
    "🙂",
    "{}",
    "1.0",
)


def rows(found: Iterable[Row]) -> pl.LazyFrame:
    """A frame of rows as a reader sees them: `map` is a value, which the pipeline keeps as JSON text."""
    texts = [row | {"map": None if row["map"] is None else json.dumps(row["map"], sort_keys=True)} for row in found]
    return pl.LazyFrame(texts, schema=NOTES.schema)


@pytest.mark.parametrize("row", [FULL, dict.fromkeys(FULL) | {"id": 1}], ids=["full", "null"])
def test_every_type_reads_back_equal(url: str, read_back: ReadBack, row: Row) -> None:
    publish(url, {"notes": rows([row])}, [NOTES])
    assert read_back("notes", [NOTES]) == [row]


@pytest.mark.parametrize("name", [name for name in FULL if name != "id"])
def test_a_value_and_null_differ_in_every_type(url: str, name: str) -> None:
    for row in (FULL | {name: None}, FULL, FULL | {name: None}):
        changes = publish(url, {"notes": rows([row])}, [NOTES])["notes"]
    assert changes == Changes(updated=1)


def test_odd_text_reads_back_equal(url: str, read_back: ReadBack) -> None:
    notes = [FULL | {"id": n, "text": text, "list": [text], "map": {text: text}} for n, text in enumerate(ODD_TEXTS)]
    publish(url, {"notes": rows(notes)}, [NOTES])
    assert read_back("notes", [NOTES]) == notes


@pytest.mark.parametrize(("sent", "kept"), [("a\0b", "a\ufffdb"), ("\0\0", "\ufffd\ufffd"), ("\\\0", "\\\ufffd")])
def test_nul_which_postgresql_cannot_hold_is_replaced_visibly(
    url: str, read_back: ReadBack, sent: str, kept: str
) -> None:
    publish(url, {"notes": rows([FULL | {"text": sent, "list": [sent], "map": {"k": sent}}])}, [NOTES])
    assert read_back("notes", [NOTES]) == [FULL | {"text": kept, "list": [kept], "map": {"k": kept}}]


def test_a_backslash_before_letters_that_look_like_nul_stays(url: str, read_back: ReadBack) -> None:
    publish(url, {"notes": rows([FULL | {"list": ["\\u0000"], "map": {"k": "\\\\u0000"}}])}, [NOTES])
    assert read_back("notes", [NOTES])[0]["list"] == ["\\u0000"]
    assert read_back("notes", [NOTES])[0]["map"] == {"k": "\\\\u0000"}


@pytest.mark.parametrize("number", [5e-324, -1.7976931348623157e308, 1 / 3, 1e22, 123456789.123456789, float("inf")])
def test_numbers_keep_every_digit(url: str, read_back: ReadBack, number: float) -> None:
    publish(url, {"notes": rows([FULL | {"number": number}])}, [NOTES])
    assert read_back("notes", [NOTES])[0]["number"] == number


def test_nan_is_null(url: str, read_back: ReadBack) -> None:
    for _ in range(2):
        changes = publish(url, {"notes": rows([FULL | {"number": float("nan")}])}, [NOTES])["notes"]
    assert read_back("notes", [NOTES])[0]["number"] is None
    assert changes == Changes(unchanged=1)


def test_json_that_differs_only_in_spelling_is_unchanged_in_postgresql(postgres_url: str) -> None:
    for text in ('{"a": 1, "b": [true]}', '{"b":[true],"a":1}'):
        frame = rows([FULL]).with_columns(map=pl.lit(text))
        changes = publish(postgres_url, {"notes": frame}, [NOTES])["notes"]
    assert changes == Changes(unchanged=1)


def test_a_struct_is_json_too() -> None:
    table = Table(
        "lives",
        "One row per life.",
        (TableColumn("cycle", pl.Struct({"name": pl.String(), "days": pl.List(pl.Int64())}), "Where it stands."),),
        key=("cycle",),
    )
    frame = pl.LazyFrame({"cycle": [{"name": 'a "lead"', "days": [1]}, None]}, schema=table.schema)
    found = pl.concat(storable_batches(frame, table))["cycle"].to_list()
    assert [text and json.loads(text) for text in found] == [{"name": 'a "lead"', "days": [1]}, None]


KEYS = st.sampled_from(("a", "ơ", ""))
TEXT = st.one_of(st.text(max_size=8), st.sampled_from(ODD_TEXTS), st.text(alphabet='\0\\u0"\n,', max_size=8))
NOTE = st.fixed_dictionaries(
    {
        "id": st.integers(0, 5),
        "text": st.none() | TEXT,
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "number": st.none() | st.floats(allow_nan=False),
        "flag": st.none() | st.booleans(),
        "on": st.none() | st.dates(),
        "at": st.none()
        | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
        "list": st.none() | st.lists(st.none() | TEXT, max_size=3),
        "map": st.none() | st.dictionaries(KEYS, st.none() | TEXT | st.integers(0, 2**53), max_size=3),
    }
)


def visible(value: Any) -> Any:
    """The value with NUL replaced, wherever it stands in it."""
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [visible(element) for element in value]
        case dict():
            return {visible(key): visible(element) for key, element in value.items()}
    return value


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(NOTE, max_size=6, unique_by=lambda row: str(row["id"])))
def test_after_any_publication_the_database_holds_the_frame_and_the_changes_add_up(
    url: str, sent: list[Row], read_back: ReadBack
) -> None:
    publish(url, {}, [NOTES])
    before = {row["id"]: row for row in read_back("notes", [NOTES])}
    changes = publish(url, {"notes": rows(sent)}, [NOTES])["notes"]
    after = {row["id"]: row for row in map(visible, sent)}
    assert {row["id"]: row for row in read_back("notes", [NOTES])} == after
    same = sum(before[key] == after[key] for key in before.keys() & after)
    assert changes == Changes(
        inserted=len(after.keys() - before),
        updated=len(before.keys() & after) - same,
        deleted=len(before.keys() - after),
        unchanged=same,
    )
