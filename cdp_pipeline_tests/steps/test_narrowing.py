from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.narrowing import NARROWED, Narrowed
from cdp_pipeline.steps.persons import read_choices, update_persons
from cdp_pipeline.steps.state import current_tables, update_current

NAME = CUSTOMER_IDENTITY.name


@pytest.fixture
def lake(place, customer) -> Lake:
    """Ten people of one record each."""
    place.drop(CUSTOMER_IDENTITY, "2026-11-15", *(customer(number) for number in range(1, 11)))
    place.process(CUSTOMER_IDENTITY, "2026-11-15")
    for entity in ENTITIES:
        update_current(place.lake, entity)
    update_persons(place.lake, ENTITIES, read_choices(place.settings), datetime(2026, 11, 15, tzinfo=UTC))
    return place.lake


@pytest.fixture
def people(lake: Lake) -> pl.Series:
    return lake.scan("identity", "record_persons").collect()["person_id"].sort()


def narrowed_to(lake: Lake, people: pl.Series) -> Narrowed:
    return Narrowed(lake, people)


def persons_of(lake: Lake, people: pl.Series) -> pl.LazyFrame:
    return lake.scan("identity", "record_persons").filter(pl.col("person_id").is_in(people.implode()))


def keys_of(lake: Lake, people: pl.Series) -> list[str]:
    return sorted(persons_of(lake, people).collect()["record_key"])


def narrowed_keys(lake: Lake, people: pl.Series) -> list[str]:
    return sorted(narrowed_to(lake, people)[NAME].collect()["record_key"])


def test_only_the_records_of_these_people_are_there(lake: Lake, people: pl.Series) -> None:
    assert narrowed_keys(lake, people[:3]) == keys_of(lake, people[:3])
    assert len(keys_of(lake, people[:3])) == 3


def test_more_people_than_before_are_all_there_once(lake: Lake, people: pl.Series) -> None:
    narrowed_keys(lake, people[:3])
    assert narrowed_keys(lake, people[:8]) == keys_of(lake, people[:8])
    assert narrowed_keys(lake, people[2:9]) == keys_of(lake, people[2:9])


def test_what_was_picked_of_some_of_them_is_not_picked_again(lake: Lake, people: pl.Series) -> None:
    narrowed_keys(lake, people[:3])
    narrowed_keys(lake, people[:5])
    assert (
        persons_of(lake, people[:5])
        .collect()
        .sort("record_key")
        .equals(narrowed_to(lake, people[:5]).persons.collect().sort("record_key"))
    )
    picked = [pl.read_parquet(file).height for file in (lake.root / NARROWED).glob(f"*/{NAME}.parquet")]
    assert sorted(picked) == [2, 3]


def test_a_table_is_written_when_it_is_first_asked_for_and_not_again(lake: Lake, people: pl.Series) -> None:
    narrowed = narrowed_to(lake, people[:3])
    assert sorted(narrowed) == sorted(entity.name for entity in ENTITIES)
    assert not list((lake.root / NARROWED).glob(f"*/{NAME}.parquet"))
    first = narrowed[NAME].collect()
    (written,) = (lake.root / NARROWED).glob(f"*/{NAME}.parquet")
    before = written.stat()
    assert narrowed_to(lake, people[:3].reverse())[NAME].collect().equals(first)
    assert written.stat() == before
    assert {file.name for file in written.parent.iterdir()} == {
        written.name,
        "people.parquet",
        "record_persons.parquet",
    }


def test_no_row_is_without_its_columns_where_nobody_has_such_a_record(lake: Lake, people: pl.Series) -> None:
    every = current_tables(lake, ENTITIES)
    narrowed = narrowed_to(lake, people[:3])
    assert {name: rows.collect_schema() for name, rows in narrowed.items()} == {
        name: rows.collect_schema() for name, rows in every.items()
    }


def test_rows_of_an_earlier_state_make_room(lake: Lake, people: pl.Series) -> None:
    narrowed_keys(lake, people[:3])
    narrowed_keys(lake, people[3:5])
    before = {folder.name for folder in (lake.root / NARROWED).iterdir()}
    assert len(before) == 2
    lake.forget_report("identity", "state")
    narrowed_keys(lake, people[:3])
    (left,) = {folder.name for folder in (lake.root / NARROWED).iterdir()}
    assert left not in before
