"""Oracle: layers that were refreshed day by day hold what layers made from nothing hold."""

import json
import os
import random
import shutil
from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import pending, process_day
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator.drop import generate
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.lake import Lake
from cdp_pipeline.pipeline import refresh as refresh_module
from cdp_pipeline.pipeline.inputs import Chosen
from cdp_pipeline.pipeline.layers import BY_TABLE, LAYERS
from cdp_pipeline.pipeline.refresh import overtaken, refresh
from cdp_pipeline.pipeline.run import bring_up_to_date, forget_states

COMPARED = ("links", "identifiers", "record_persons", "unlinked_records", "person_ids", "household_relations")


def brought_up_to_date(lake, settings, moment) -> Lake:
    bring_up_to_date(lake, settings, moment, upto="oddities")
    return lake


def rows(lake, layer, table):
    found = lake.scan(layer, table).collect().drop("resolved_at", strict=False)
    return found.sort([name for name, dtype in found.schema.items() if not isinstance(dtype, pl.List)])


def ndjson_of(raw):
    """The NDJSON files of the landing folders, in order."""
    return sorted(path for path in raw.rglob("*.ndjson") if path.stat().st_size)


def edited(raw, held_back, dice):
    """Do one thing that senders do to a landing folder; says what was done."""
    files = ndjson_of(raw)
    file = dice.choice(files) if files else None
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    entries = [n for n, line in enumerate(lines) if line.startswith("{") and '"entries"' not in line]
    what = dice.choice(["new or late day", "delivered again", "replaced by less", "deleted", "revived", "removed"])
    if file is None:
        what = "new or late day"
    if what == "new or late day" and held_back:
        folder = held_back.pop(dice.randrange(len(held_back)))
        target = raw / folder.parent.name / folder.name
        if not target.exists():
            shutil.copytree(folder, target)
    elif what == "delivered again":
        later = file.parent.parent / "2026-11-20"
        later.mkdir(exist_ok=True)
        shutil.copy(file, later / f"again-{dice.randrange(9)}.ndjson")
    elif what == "replaced by less":
        kept = [line for line in lines if dice.random() < 0.6]
        file.write_text("".join(line + "\n" for line in kept), encoding="utf-8")
    elif what in ("deleted", "revived") and entries:
        entry = json.loads(lines[dice.choice(entries)])
        entry["recordStatus"] = "Deleted" if what == "deleted" else "Active"
        later = file.parent.parent / "2026-11-21"
        later.mkdir(exist_ok=True)
        with (later / "changed.ndjson").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
    elif what == "removed" and len(files) > 5:
        file.unlink()
    return what


def after_edits(place, folder, seed: int, edits: int, people: int) -> None:
    """Edit the landing folders at random, refresh after every few edits, and compare with making all from nothing."""
    dice = random.Random(seed)
    generate(folder / "drop", people, 3, seed)
    held_back = sorted(f for f in (folder / "drop").glob("*/*") if f.is_dir())
    for landed in [held_back.pop(dice.randrange(len(held_back))) for _ in range(len(held_back) // 2)]:
        shutil.copytree(landed, place.settings.raw_dir / landed.parent.name / landed.name)
    done: list[str] = []
    for number in range(edits + 1):
        landing = discover_files(place.settings.raw_dir, [entity.object_type for entity in ENTITIES])
        for work in pending(place.lake, landing, ENTITIES, place.settings):
            process_day(place.lake, work, place.settings, "run")
        brought_up_to_date(place.lake, place.settings, datetime(2026, 11, 22 + number, tzinfo=UTC))
        other = Lake(folder / f"other-{number}")
        shutil.copytree(place.lake.root, other.root, copy_function=os.link)
        forget_states(other)
        brought_up_to_date(other, place.settings, datetime(2026, 12, 9, tzinfo=UTC))
        for group, tables in (("profiles", BY_TABLE), ("identity", COMPARED)):
            for table in tables:
                told = f"{group}/{table} after {done}"
                assert rows(place.lake, group, table).equals(rows(other, group, table)), told
        shutil.rmtree(other.root)
        done += [edited(place.settings.raw_dir, held_back, dice) for _ in range(dice.randint(1, 3))]


@pytest.fixture
def always_by_person(monkeypatch):
    # Of so few people nearly everybody changes every day.
    monkeypatch.setattr(refresh_module, "MOST_PEOPLE", 9.0)


@pytest.mark.usefixtures("always_by_person")
@pytest.mark.parametrize("seed", range(12))
def test_after_random_edits_every_table_is_what_making_all_from_nothing_gives(place, tmp_path, seed: int):
    after_edits(place, tmp_path, seed, edits=1, people=5)


@pytest.mark.thorough
@pytest.mark.usefixtures("always_by_person")
@pytest.mark.parametrize("seed", range(100, 130))
def test_after_many_random_edits_every_table_is_what_making_all_from_nothing_gives(place, tmp_path, seed: int):
    after_edits(place, tmp_path, seed, edits=4, people=15)


@pytest.fixture
def eleven_people(place, customer):
    place.drop(CUSTOMER_IDENTITY, "2026-11-15", *(customer(number) for number in range(1, 12)))
    place.process(CUSTOMER_IDENTITY, "2026-11-15")
    brought_up_to_date(place.lake, place.settings, datetime(2026, 11, 15, tzinfo=UTC))
    return place


def test_a_run_without_news_writes_no_table(eleven_people):
    files = [eleven_people.lake.path("profiles", layer.name) for layer in LAYERS]
    before = [file.stat().st_mtime_ns for file in files]
    brought_up_to_date(eleven_people.lake, eleven_people.settings, datetime(2026, 11, 16, tzinfo=UTC))
    assert [file.stat().st_mtime_ns for file in files] == before


def test_only_people_whose_things_changed_are_built_anew(eleven_people, customer):
    eleven_people.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(3, gender="female"))
    eleven_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    moment = datetime(2026, 11, 16, tzinfo=UTC)
    bring_up_to_date(eleven_people.lake, eleven_people.settings, moment, upto="campaigns")
    built = {name: refresh(eleven_people.lake, BY_TABLE[name], Chosen("VND")) for name in ("evidence", "golden_values")}
    assert {name: (told.rows, told.people) for name, told in built.items()} == {
        "evidence": (11, 1),
        "golden_values": (11, 1),
    }


def test_who_comes_to_share_a_phone_changes_the_row_of_who_had_it_alone(eleven_people, customer):
    stranger = customer(50, fullName="Phạm Thị Dung", phone=customer(1)["phone"])
    eleven_people.drop(CUSTOMER_IDENTITY, "2026-11-16", stranger)
    eleven_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    brought_up_to_date(eleven_people.lake, eleven_people.settings, datetime(2026, 11, 16, tzinfo=UTC))
    contacts = eleven_people.lake.scan("profiles", "profile_contacts").filter(pl.col("is_shared")).collect()
    assert contacts["person_id"].n_unique() == 2


def test_layers_of_two_states_are_told(eleven_people, customer):
    assert overtaken(eleven_people.lake) == []
    eleven_people.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(3, gender="female"))
    eleven_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    moment = datetime(2026, 11, 16, tzinfo=UTC)
    bring_up_to_date(eleven_people.lake, eleven_people.settings, moment, upto="evidence")
    assert overtaken(eleven_people.lake) == ["golden_values", "profiles", "profile_values"]


def test_a_layer_that_was_stopped_halfway_is_built_whole(eleven_people, customer, monkeypatch):
    eleven_people.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(3, gender="female"))
    eleven_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    moment = datetime(2026, 11, 16, tzinfo=UTC)
    bring_up_to_date(eleven_people.lake, eleven_people.settings, moment, upto="campaigns")
    with monkeypatch.context() as stopped:
        stopped.delattr(refresh_module, "_keep")
        with pytest.raises(NameError):
            refresh(eleven_people.lake, BY_TABLE["evidence"], Chosen("VND"))
    assert refresh(eleven_people.lake, BY_TABLE["evidence"], Chosen("VND")).people is None
