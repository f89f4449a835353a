import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.mending import mend
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.store.lake import DamagedError
from cdp_pipeline.store.lock import held
from cdp_pipeline_tests.deliveries.conftest import Place, copy_folder, place_in

DAY, NEXT_DAY, LAST_DAY, HELD_DAY = "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"
FILES = {
    "staged day": f"staging/customer_identity/{DAY}.parquet",
    "rejected day": f"rejected/customer_identity/{DAY}.parquet",
    "report of a day": f"reports/customer_identity/{DAY}.json",
    "current records": "current/customer_identity.parquet",
    "custom fields": "current_custom_fields/customer_identity.parquet",
    "state of current records": "reports/current_customer_identity/state.json",
    "persons": "identity/record_persons.parquet",
    "links": "identity/links.parquet",
    "history of ids": "identity/person_id_history.parquet",
    "kept memory of ids": "identity/person_ids_before.parquet",
    "model": "reports/identity/model.json",
    "profiles": "profiles/profiles.parquet",
    "fingerprints of people": "memory/profiles.parquet",
    "state of a layer": "reports/layers/profiles.json",
    "published rows": "published/profiles.parquet",
    "state of publishing": "reports/serving/snapshot.json",
    "last publishing": "reports/serving/published.json",
}
FURTHER = {
    "held staged day": f"held/staging/customer_identity/{HELD_DAY}.parquet",
    "held rejected day": f"held/rejected/customer_identity/{HELD_DAY}.parquet",
    "report of a held day": f"held/reports/customer_identity/{HELD_DAY}.json",
    "folded day": f"folded/customer_identity/{DAY}.parquet",
    "all custom fields": "current/custom_fields.parquet",
    "state of custom fields": "reports/current/custom_fields.json",
    "days of current records": "reports/current_customer_identity/days.json",
    "identifiers": "identity/identifiers.parquet",
    "skipped identifiers": "identity/skipped_identifiers.parquet",
    "household relations": "identity/household_relations.parquet",
    "unlinked records": "identity/unlinked_records.parquet",
    "problems of overrides": "identity/override_problems.parquet",
    "state of identity": "reports/identity/state.json",
    "numbers of people": "reports/identity/people.json",
    "unresolved references": "reports/identity/unresolved_references.json",
    "anomalies": "reports/profiles/odd.json",
    "published fingerprints": "published_people/household_members.parquet",
}
"""The other kinds, which are mended in the same ways."""

IDS = "identity/person_ids.parquet"
ENTITY = "|".join(sorted((entity.name for entity in ENTITIES), key=len, reverse=True))


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def flip(path: Path) -> None:
    written = bytearray(path.read_bytes())
    written[len(written) // 2] ^= 0x10
    path.write_bytes(written)


def kind(file: str) -> str:
    """What a file of the lake is, whatever its entity or day, and whichever of the tables that are made alike."""
    of_layer = re.sub(r"^(profiles|memory|published|published_people|reports/layers)/\w+", r"\1/<table>", file)
    return re.sub(rf"{ENTITY}|\d{{4}}-\d\d-\d\d", "*", of_layer)


def run(place: Place, told: list[str] | None = None, **choices: bool) -> None:
    """A whole run, as `cdp run` does it."""
    words: list[str] = [] if told is None else told
    with held(place.lake, "run", begin=lambda: mend(place.lake, place.settings, "mend", words.append, **choices)):
        days = sorted({path.name for path in place.settings.raw_dir.glob("*/*")})
        for entity in (CUSTOMER_IDENTITY, LEAD_INFORMATION):
            process_days(place.lake, entity, place.settings, "run", days=days, reprocess=False, log=lambda _: None)
        bring_up_to_date(place.lake, place.settings, datetime.now(UTC))


def tables(place: Place) -> dict[str, pl.DataFrame]:
    """Everything that the lake says of records and people, ids included, in order."""
    lake, unordered = place.lake, {}
    for group in ("current", "identity", "profiles"):
        for path in sorted((lake.root / group).glob("*.parquet")):
            if path.stem not in ("person_ids_before", "override_problems"):
                rows = lake.scan(group, path.stem).drop("assigned_at", "resolved_at", strict=False).collect()
                unordered[f"{group}/{path.stem}"] = rows
    return {name: rows.select(pl.struct(pl.all()).hash().sort()) for name, rows in unordered.items()}


def assert_same_tables(place: Place, as_in: Place) -> None:
    expected, found = tables(as_in), tables(place)
    assert {name for name in expected | found if name not in found or not found[name].equals(expected[name])} == set()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, customer: Callable) -> Place:
    """Three days: people come, two of them prove to be one, and one is deleted. A fourth is held."""
    place = place_in(tmp_path_factory.mktemp("finished"))
    place.drop(CUSTOMER_IDENTITY, DAY, *(customer(n) for n in range(6)), "{", customer(7, phone=""))
    lead = {"leadId": "L1", "systemName": "Pango", "fullName": "Nguyễn Văn An", "phone": "0912345001"}
    place.drop(LEAD_INFORMATION, DAY, lead)
    run(place)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1, phone="0912345002"), customer(2), customer(9))
    run(place)
    place.drop(CUSTOMER_IDENTITY, LAST_DAY, customer(4, recordStatus="Deleted"))
    run(place)
    place.drop(CUSTOMER_IDENTITY, HELD_DAY, *(customer(n, phone="") for n in range(30)))
    run(place)
    return place


@pytest.fixture
def place(finished: Place, tmp_path: Path) -> Iterator[Place]:
    folder = finished.settings.lake_dir.parent
    for name in ("raw", "lake"):
        copy_folder(folder / name, tmp_path / name)
    shutil.copy(folder / "cdp.db", tmp_path)
    yield place_in(tmp_path)
    shutil.rmtree(tmp_path)


def test_every_kind_of_file_of_a_lake_is_listed_here(finished: Place) -> None:
    root = finished.lake.root
    files = [path.relative_to(root).as_posix() for suffix in ("parquet", "json") for path in root.rglob(f"*.{suffix}")]
    assert {kind(file) for file in files} == {kind(file) for file in (*FILES.values(), *FURTHER.values(), IDS)}


@pytest.mark.parametrize("damage", [cut, flip])
@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_damaged_file_is_told_and_nothing_damaged_is_left(place: Place, file: str, damage: Callable) -> None:
    damage(place.lake.root / file)
    told: list[str] = []
    mend(place.lake, place.settings, "mend", told.append)
    assert any(file in words for words in told), told
    assert place.lake.damaged() == []


@pytest.mark.parametrize("damage", [cut, flip])
def test_the_next_run_after_any_damage_but_of_ids_makes_the_same_tables(
    finished: Place, place: Place, damage: Callable
) -> None:
    for file in FILES.values():
        if (path := place.lake.root / file).exists():
            damage(path)
    run(place)
    assert_same_tables(place, finished)


def test_a_history_of_ids_that_is_gone_is_that_of_the_database(finished: Place, place: Place) -> None:
    (place.lake.root / FILES["history of ids"]).unlink()
    run(place)
    name = "identity/person_id_history"
    assert tables(place)[name].equals(tables(finished)[name])


@pytest.mark.thorough
@pytest.mark.parametrize("damage", [cut, flip, Path.unlink])
@pytest.mark.parametrize("file", (FILES | FURTHER).values(), ids=FILES | FURTHER)
def test_the_next_run_after_one_damage_makes_the_same_tables(
    finished: Place, place: Place, file: str, damage: Callable
) -> None:
    damage(place.lake.root / file)
    run(place)
    assert_same_tables(place, finished)


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink])
def test_a_run_stops_where_ids_are_lost_and_names_the_command_that_brings_the_same_back(
    finished: Place, place: Place, damage: Callable
) -> None:
    damage(place.lake.root / IDS)
    with pytest.raises(DamagedError, match=r"person_ids.*layer identity.*cdp run --restore-ids"):
        run(place)
    run(place, restore=True)
    assert_same_tables(place, finished)


def ids(place: Place) -> dict[str, str]:
    rows = place.lake.scan("identity", "person_ids").filter("is_present").select("node_key", "person_id").collect()
    return dict(rows.iter_rows())


def test_ids_are_those_of_the_database_where_no_earlier_memory_is_kept(finished: Place, place: Place) -> None:
    (place.lake.root / IDS).unlink()
    (place.lake.root / FILES["kept memory of ids"]).unlink()
    run(place, from_nothing=True)
    assert ids(place) == ids(finished)


def test_ids_are_those_of_the_kept_memory_where_there_is_no_database(finished: Place, place: Place) -> None:
    (place.lake.root / IDS).unlink()
    (place.settings.lake_dir.parent / "cdp.db").unlink()
    told: list[str] = []
    run(place, told, restore=True)
    assert ids(place) == ids(finished)
    assert any("kept in the lake" in words for words in told)


def test_nobody_is_given_a_new_id_in_silence(place: Place) -> None:
    (place.lake.root / IDS).unlink()
    (place.lake.root / FILES["kept memory of ids"]).unlink()
    (place.settings.lake_dir.parent / "cdp.db").unlink()
    with pytest.raises(DamagedError, match=r"There is no database.*to give new ids to all people, remove"):
        run(place, restore=True)


def test_a_damaged_day_whose_raw_file_is_gone_stops_the_run_and_all_goes_on_without_it(place: Place) -> None:
    cut(place.lake.root / FILES["staged day"])
    raw = place.settings.raw_dir / "customer-identity" / DAY / "part.ndjson"
    raw.unlink()
    with pytest.raises(DamagedError, match=rf"{DAY}/part.ndjson; they must be put back.*cdp run --all"):
        run(place)
    mend(place.lake, place.settings, "mend", lambda _: None, from_nothing=True)
    assert DAY not in place.lake.days("staging", "customer_identity")


def test_a_held_delivery_that_is_damaged_is_read_again(place: Place) -> None:
    cut(place.lake.root / FURTHER["held rejected day"])
    mend(place.lake, place.settings, "mend", lambda _: None)
    assert (place.lake.damaged(), place.lake.held.rows("rejected", "customer_identity", HELD_DAY)) == ([], 30)


def test_a_whole_lake_is_left_as_it_is(place: Place) -> None:
    told: list[str] = []
    mend(place.lake, place.settings, "mend", told.append)
    assert told == []


def test_files_that_are_not_of_the_lake_are_left_alone(place: Place) -> None:
    other = place.lake.root / "notes.json"
    other.write_text("{")
    mend(place.lake, place.settings, "mend", lambda _: None)
    assert other.exists()
