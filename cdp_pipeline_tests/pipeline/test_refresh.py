"""Oracle: layers that were refreshed day by day hold what layers made from nothing hold."""

import os
import random
import shutil
import sys
from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import pending, process_day
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.pipeline.inputs import Chosen
from cdp_pipeline.pipeline.layers import BY_TABLE, LAYERS
from cdp_pipeline.pipeline.publication import read_published
from cdp_pipeline.pipeline.refresh import outdated, refresh
from cdp_pipeline.pipeline.run import bring_up_to_date, clear_states
from cdp_pipeline.serving.pipeline import Changes
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.values import hashes as buckets
from cdp_pipeline_tests.pipeline.worlds import (
    ALL_ENTITIES,
    World,
    correct_some,
    land,
    only_in_one,
    other_choices,
    told,
)


def brought_up_to_date(lake, settings, moment) -> Lake:
    bring_up_to_date(lake, settings, moment, upto="anomalies")
    return lake


def read(place) -> None:
    landing = discover_files(place.settings.raw_dir, ALL_ENTITIES)
    for work in pending(place.lake, landing, ENTITIES, place.settings):
        process_day(place.lake, work, place.settings, "run")


def after_edits(place, folder, seeds: range, rounds: int) -> None:
    """Refresh the worlds of these seeds after every round of edits, and compare with making all from nothing."""
    worlds, dice, done = [World.of(seed) for seed in seeds], random.Random(seeds.start), []
    settings = place.settings
    for number in range(rounds + 1):
        land(worlds, settings.raw_dir)
        read(place)
        brought_up_to_date(place.lake, settings, datetime(2026, 11, 1 + number, tzinfo=UTC))
        if number:
            anew = Lake(folder / f"anew-{number}")
            shutil.copytree(place.lake.root, anew.root, copy_function=os.link)
            clear_states(anew)
            # Ids, too, are given from nothing.
            shutil.rmtree(anew.root / "identity")
            with pytest.MonkeyPatch.context() as patch:
                # Whatever the size of buckets, the same rows are made.
                patch.setattr(buckets, "ROWS_AT_ONCE", dice.choice((3 * len(worlds), 15 * len(worlds), 10**6)))
                brought_up_to_date(anew, settings, datetime(2026, 12, 9, tzinfo=UTC))
            for (table, refreshed), (_, made) in zip(told(place.lake), told(anew), strict=True):
                assert refreshed.equals(made), f"{table} after {done}: {only_in_one(refreshed, made)}"
            shutil.rmtree(anew.root)
        # Some days leave most companies as they are.
        done += [(world.company, world.edit()) for world in dice.sample(worlds, dice.choice((1, 8, len(worlds) // 2)))]
        done.append(("", correct_some(place.settings, place.lake, dice, number)))
        if dice.random() < 0.5:
            settings = other_choices(place.settings, place.lake, dice, folder / "choices")
            done.append(("", "choices"))


WORLDS = 100
"""So many seeds share a lake: most of the time goes by for each refresh, whatever its rows."""


@pytest.mark.parametrize("first", range(0, 200, WORLDS))
def test_after_random_edits_every_table_is_what_making_all_from_nothing_gives(place, tmp_path, first: int):
    after_edits(place, tmp_path, range(first, first + WORLDS), rounds=2)


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(1_000, 3_000, WORLDS))
def test_after_many_random_edits_every_table_is_what_making_all_from_nothing_gives(place, tmp_path, first: int):
    after_edits(place, tmp_path, range(first, first + WORLDS), rounds=4)


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
    assert outdated(eleven_people.lake, Chosen("VND")) == []
    eleven_people.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(3, gender="female"))
    eleven_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    moment = datetime(2026, 11, 16, tzinfo=UTC)
    bring_up_to_date(eleven_people.lake, eleven_people.settings, moment, upto="evidence")
    assert outdated(eleven_people.lake, Chosen("VND")) == ["golden_values", "profiles", "profile_values"]


def test_a_layer_that_was_stopped_halfway_is_built_whole(eleven_people, customer, monkeypatch):
    eleven_people.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(3, gender="female"))
    eleven_people.process(CUSTOMER_IDENTITY, "2026-11-16")
    moment = datetime(2026, 11, 16, tzinfo=UTC)
    bring_up_to_date(eleven_people.lake, eleven_people.settings, moment, upto="campaigns")
    with monkeypatch.context() as stopped:
        stopped.delattr(sys.modules[refresh.__module__], "_keep")
        with pytest.raises(NameError):
            refresh(eleven_people.lake, BY_TABLE["evidence"], Chosen("VND"))
    assert refresh(eleven_people.lake, BY_TABLE["evidence"], Chosen("VND")).people is None


def test_a_changed_lead_is_the_one_row_that_its_day_writes(place, now):
    """What `docs/layers.md` tells as its example."""
    leads = [
        {"leadId": f"L{n}", "systemName": "CRM", "phone": f"09123450{n:02}", "fullName": "An", "status": "New"}
        for n in range(1, 6)
    ]
    place.drop(LEAD_INFORMATION, "2026-11-15", *leads)
    place.process(LEAD_INFORMATION, "2026-11-15")
    bring_up_to_date(place.lake, place.settings, now)
    untouched = [place.lake.path("profiles", name) for name in ("profile_activities", "profile_photos", "stores")]
    before = [file.stat().st_mtime_ns for file in untouched]
    place.drop(LEAD_INFORMATION, "2026-11-16", {**leads[1], "status": "Called", "updatedAt": 1_795_000_000_000})
    place.process(LEAD_INFORMATION, "2026-11-16")
    bring_up_to_date(place.lake, place.settings, now)
    assert read_published(place.lake).changes["profile_leads"] == Changes(updated=1, unchanged=4)
    assert [file.stat().st_mtime_ns for file in untouched] == before
