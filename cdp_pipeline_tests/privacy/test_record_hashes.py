"""The person of a request is found by the hashes of the records, whatever id the person has by now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.identity import PERSON_IDS
from cdp_pipeline.privacy.record_hashes import persons_by_record, record_hashes
from cdp_pipeline.store import Lake

KEY = b"k" * 32


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def know(lake: Lake, *nodes: tuple[str, str, str, int], absent: tuple[str, ...] = ()) -> None:
    """The memory of ids: node, record, person, and the day of November on which the node got its id."""
    rows: list[dict[str, Any]] = [
        {
            "node_key": node,
            "record_key": record,
            "person_id": person,
            "assigned_at": datetime(2026, 11, day, tzinfo=UTC),
            "resolved_at": datetime(2026, 11, 20, tzinfo=UTC),
            "is_present": node not in absent,
            "is_published": node not in absent,
        }
        for node, record, person, day in nodes
    ]
    lake.write("identity", PERSON_IDS.name, pl.DataFrame(rows, schema=PERSON_IDS.schema))


def test_whoever_holds_the_records_is_the_person_also_under_an_id_that_was_made_again(lake: Lake) -> None:
    know(lake, ("crm-1", "crm-1", "Hoa", 2), ("pos-7", "pos-7", "Hoa", 1), ("crm-2", "crm-2", "Bình", 1))
    hashes = record_hashes(lake, ["Hoa"], KEY)["Hoa"]
    know(lake, ("crm-1", "crm-1", "Hoa again", 20), ("crm-2", "crm-2", "Bình", 20))
    assert set(persons_by_record(lake, hashes, KEY).values()) == {"Hoa again"}


def test_after_a_split_each_record_leads_to_its_part_the_one_known_first_in_front(lake: Lake) -> None:
    know(lake, ("a-late", "a-late", "Hoa", 9), ("b-early", "b-early", "Hoa", 1))
    early, late = record_hashes(lake, ["Hoa"], KEY)["Hoa"]
    know(lake, ("a-late", "a-late", "Thu", 20), ("b-early", "b-early", "Hoa", 1))
    assert persons_by_record(lake, [early, late], KEY) == {early: "Hoa", late: "Thu"}


def test_a_card_that_names_a_customer_is_not_the_customer(lake: Lake) -> None:
    know(lake, ("crm-1", "crm-1", "Hoa", 1), ("contact:1", "card-1", "Hoa", 1), ("contact:2", "card-2", "Chi", 1))
    hashes = record_hashes(lake, ["Hoa", "Chi", "Mai"], KEY)
    assert {person: len(found) for person, found in hashes.items()} == {"Hoa": 1, "Chi": 1}


@pytest.mark.parametrize("likely", [(), ("Hoa",), ("Bình",), ("Mai",)])
def test_persons_who_are_searched_first_do_not_change_who_is_found(lake: Lake, likely: tuple[str, ...]) -> None:
    know(lake, ("crm-1", "crm-1", "Hoa", 1), ("card-1", "card-1", "Hoa", 2), ("crm-2", "crm-2", "Bình", 1))
    hashes = record_hashes(lake, ["Hoa", "Bình"], KEY)
    expected = {one: person for person, of_person in hashes.items() for one in of_person}
    assert persons_by_record(lake, expected, KEY, likely) == expected


def test_of_a_corrected_contact_the_present_one_counts(lake: Lake) -> None:
    know(lake, ("contact:2", "card-1", "Chi", 1), absent=("contact:2",))
    hashes = record_hashes(lake, ["Chi"], KEY)["Chi"]
    know(lake, ("contact:1", "card-1", "Mai", 1), ("contact:2", "card-1", "Chi", 1), absent=("contact:2",))
    assert list(persons_by_record(lake, hashes, KEY, ["Chi"]).values()) == ["Mai"]


def test_a_hash_names_nobody_without_its_key(lake: Lake) -> None:
    know(lake, ("crm-1", "crm-1", "Hoa", 1))
    (found,) = record_hashes(lake, ["Hoa"], KEY)["Hoa"]
    assert "crm-1" not in found
    assert persons_by_record(lake, [found], b"l" * 32) == {}


def test_a_lake_without_ids_knows_nobody(lake: Lake) -> None:
    assert record_hashes(lake, ["Hoa"], KEY) == {}
    assert persons_by_record(lake, ["00"], KEY) == {}
