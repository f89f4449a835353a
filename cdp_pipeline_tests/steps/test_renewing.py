"""Oracle: tables that were renewed day by day hold what tables made anew hold."""

import json
import os
import random
import shutil
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator.drop import generate
from cdp_pipeline.identity import renewal
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps import renewing
from cdp_pipeline.steps.days import pending, process_day
from cdp_pipeline.steps.persons import read_choices, update_persons
from cdp_pipeline.steps.rebuilding import forget_states
from cdp_pipeline.steps.renewing import build_table, renewed_rows, table_mark, table_people_since
from cdp_pipeline.steps.state import gather_custom_fields, update_current
from cdp_pipeline.steps.tables import BUILDERS

SEED = 20261121
COMPARED = ("links", "identifiers", "record_persons", "unlinked_records", "person_ids", "household_relations")


def bring_up_to_date(lake, settings, moment):
    for entity in ENTITIES:
        update_current(lake, entity)
    gather_custom_fields(lake, ENTITIES)
    update_persons(lake, ENTITIES, read_choices(settings), moment)
    return {name: build_table(lake, name, settings.currency) for name in BUILDERS}


def rows(lake, layer, table):
    found = lake.scan(layer, table).collect().drop("resolved_at", strict=False)
    return found.sort([name for name, dtype in found.schema.items() if not isinstance(dtype, pl.List)])


def has_its_renewed_rows_last(lake, table, mark):
    """Whether it is known how many rows were renewed since the mark; then they are the last, and nobody else's."""
    renewed = renewed_rows(lake, table, mark)
    if renewed is None:
        return False
    is_theirs = lake.scan("profiles", table).select(
        pl.col("person_id").is_in(table_people_since(lake, table, mark).implode())
    )
    theirs = is_theirs.collect()["person_id"]
    assert theirs.sum() == renewed
    assert theirs.tail(renewed).all()
    return True


def test_after_some_days_every_table_is_what_making_all_anew_gives(place, tmp_path, monkeypatch):
    # Of so few people nearly everybody is touched every day.
    monkeypatch.setattr(renewal, "MOST_NEAR", 9.0)
    monkeypatch.setattr(renewing, "MOST_PEOPLE", 9.0)
    drop = tmp_path / "drop"
    generate(drop, 40, 4, SEED)
    days = sorted({day.name for day in drop.glob("*/*") if day.is_dir()})
    for upto in (2, 3, 4):
        for folder in (f for day in days[:upto] for f in drop.glob(f"*/{day}")):
            target = place.settings.raw_dir / folder.parent.name / folder.name
            if not target.exists():
                shutil.copytree(folder, target)
        landing = discover_files(place.settings.raw_dir, [entity.object_type for entity in ENTITIES])
        for work in pending(place.lake, landing, ENTITIES, place.settings):
            process_day(place.lake, work, place.settings, "run")
        marks = {name: table_mark(place.lake, name) for name in BUILDERS}
        bring_up_to_date(place.lake, place.settings, datetime(2026, 11, upto, tzinfo=UTC))
        followed = sum(has_its_renewed_rows_last(place.lake, name, mark) for name, mark in marks.items() if mark)
        assert upto == 2 or followed > 10
    states = [place.lake.read_report("profiles_state", name) for name in BUILDERS]
    assert sum(not state["mark"].endswith(":0") for state in states) > 15, "hardly a table was renewed"
    other = Lake(tmp_path / "other")
    shutil.copytree(place.lake.root, other.root, copy_function=os.link)
    forget_states(other)
    bring_up_to_date(other, place.settings, datetime(2026, 11, 9, tzinfo=UTC))
    for table in BUILDERS:
        assert_frame_equal(rows(place.lake, "profiles", table), rows(other, "profiles", table))
    for table in COMPARED:
        assert_frame_equal(rows(place.lake, "identity", table), rows(other, "identity", table))


def ndjson_of(raw):
    """The NDJSON files of the landing folders, in order."""
    return sorted(path for path in raw.rglob("*.ndjson") if path.stat().st_size)


def edited(raw, held_back, dice):
    """Do one thing that senders do to a landing folder; says what was done."""
    files = ndjson_of(raw)
    file = dice.choice(files)
    lines = file.read_text(encoding="utf-8").splitlines()
    entries = [n for n, line in enumerate(lines) if line.startswith("{") and '"entries"' not in line]
    what = dice.choice(["new or late day", "delivered again", "replaced by less", "deleted", "revived", "removed"])
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


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(10))
def test_after_random_edits_every_table_is_what_making_all_anew_gives(place, tmp_path, monkeypatch, seed: int):
    monkeypatch.setattr(renewal, "MOST_NEAR", 9.0)
    monkeypatch.setattr(renewing, "MOST_PEOPLE", 9.0)
    dice = random.Random(seed)
    drop = tmp_path / "drop"
    generate(drop, dice.randint(8, 20), 3, seed)
    held_back = sorted(folder for folder in drop.glob("*/*") if folder.is_dir())
    for folder in [held_back.pop(dice.randrange(len(held_back))) for _ in range(len(held_back) // 2)]:
        shutil.copytree(folder, place.settings.raw_dir / folder.parent.name / folder.name)
    done = []
    for number in range(5):
        landing = discover_files(place.settings.raw_dir, [entity.object_type for entity in ENTITIES])
        for work in pending(place.lake, landing, ENTITIES, place.settings):
            process_day(place.lake, work, place.settings, "run")
        bring_up_to_date(place.lake, place.settings, datetime(2026, 11, 22 + number, tzinfo=UTC))
        other = Lake(tmp_path / f"other-{number}")
        shutil.copytree(place.lake.root, other.root, copy_function=os.link)
        forget_states(other)
        bring_up_to_date(other, place.settings, datetime(2026, 12, 9, tzinfo=UTC))
        for layer, tables in (("profiles", BUILDERS), ("identity", COMPARED)):
            for table in tables:
                told = f"{layer}/{table} after {done}"
                assert rows(place.lake, layer, table).equals(rows(other, layer, table)), told
        done += [edited(place.settings.raw_dir, held_back, dice) for _ in range(dice.randint(1, 3))]


@pytest.fixture
def two_people(place, customer):
    place.drop(CUSTOMER_IDENTITY, "2026-11-15", customer(1), *(customer(number) for number in range(2, 12)))
    place.process(CUSTOMER_IDENTITY, "2026-11-15")
    bring_up_to_date(place.lake, place.settings, datetime(2026, 11, 15, tzinfo=UTC))
    return place


def test_a_run_without_news_writes_no_table(two_people):
    files = [two_people.lake.path("profiles", name) for name in BUILDERS]
    before = [file.stat().st_mtime_ns for file in files]
    bring_up_to_date(two_people.lake, two_people.settings, datetime(2026, 11, 16, tzinfo=UTC))
    assert [file.stat().st_mtime_ns for file in files] == before


def test_who_comes_to_share_a_phone_changes_the_row_of_who_had_it_alone(two_people, customer, monkeypatch):
    monkeypatch.setattr(renewal, "MOST_NEAR", 9.0)
    monkeypatch.setattr(renewing, "MOST_PEOPLE", 9.0)
    phone = customer(1)["phone"]
    stranger = customer(50, fullName="Phạm Thị Dung", phone=phone)
    two_people.drop(CUSTOMER_IDENTITY, "2026-11-16", stranger)
    two_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    bring_up_to_date(two_people.lake, two_people.settings, datetime(2026, 11, 16, tzinfo=UTC))
    contacts = two_people.lake.scan("profiles", "profile_contacts").filter(pl.col("is_shared")).collect()
    assert contacts["person_id"].n_unique() == 2
    state = two_people.lake.read_report("profiles_state", "profile_contacts")
    assert state["mark"].endswith(":1")
