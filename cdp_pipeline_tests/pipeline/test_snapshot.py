"""What is published on top of an earlier publication: only what changed, unless somebody else wrote in between."""

import shutil

import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.pipeline import snapshot
from cdp_pipeline.pipeline.snapshot import Snapshot, clear_snapshot
from cdp_pipeline.serving.pipeline import Changes
from cdp_pipeline_tests.deliveries.conftest import copy_folder, place_in
from cdp_pipeline_tests.pipeline.test_publication import publish, rows

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


@pytest.fixture(scope="module")
def day_one(tmp_path_factory, customer, now):
    """A place where a day of two customers was published, and a copy of its folder."""
    folder = tmp_path_factory.mktemp("day_one")
    place = place_in(folder / "place")
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    publish(place, now)
    copy_folder(folder / "place", folder / "copy")
    return folder


@pytest.fixture
def published(day_one):
    """The place as it was published; in its own folder, as the lake remembers the address of the database."""
    shutil.rmtree(day_one / "place")
    copy_folder(day_one / "copy", day_one / "place")
    return place_in(day_one / "place")


@pytest.fixture
def compared(monkeypatch):
    """The tables whose files were compared."""
    found = []
    find = snapshot.find_delta

    def noted(before, after, key):
        found.append(key)
        return find(before, after, key)

    monkeypatch.setattr(snapshot, "find_delta", noted)
    return found


def write(place, statement):
    engine = sa.create_engine(place.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_only_files_that_changed_are_compared_and_the_database_follows(published, customer, now, compared):
    assert {(c.inserted, c.updated, c.deleted) for c in publish(published, now).changes.values()} == {(0, 0, 0)}
    assert compared == []
    published.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, recordStatus="Deleted"), customer(3))
    published.process(CUSTOMER_IDENTITY, NEXT_DAY)
    changes = publish(published, now).changes
    assert compared
    assert (changes["profiles"].inserted, changes["profiles"].deleted, changes["profiles"].unchanged) == (1, 1, 1)
    assert {row["customer_ids"][0] for row in rows(published, "profiles")} == {"C1", "C3"}


def test_after_another_publisher_or_an_older_backup_every_row_is_compared(published, customer, now, compared):
    write(published, "DELETE FROM profile_records")
    write(published, "UPDATE cdp_pipeline_publication SET token = 'another'")
    changes = publish(published, now).changes
    assert compared == []
    assert changes["profile_records"].inserted == len(rows(published, "profile_records")) > 0


def test_without_a_memory_of_the_publication_every_row_is_compared(published, now):
    write(published, "DELETE FROM profile_records")
    clear_snapshot(published.lake)
    assert publish(published, now).changes["profile_records"].inserted > 0


def test_of_another_database_nothing_is_known(published, now):
    known = Snapshot(published.lake, published.settings.database_url)
    other = Snapshot(published.lake, "sqlite:///elsewhere.db")
    assert known.since({}) is not None
    assert other.since({}) is None


def test_a_lost_copy_of_a_table_has_that_table_compared_with_the_database(published, now):
    shutil.rmtree(published.lake.root / "published")
    write(published, "DELETE FROM profile_records")
    assert publish(published, now).changes["profile_records"].inserted > 0


def test_rejected_rows_of_a_new_day_are_added_without_comparing_those_of_others(published, customer, now):
    published.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2), "not json")
    published.process(CUSTOMER_IDENTITY, NEXT_DAY)
    assert publish(published, now).changes["rejected_records"] == Changes(inserted=1)
    write(published, "UPDATE rejected_records SET message = 'not compared'")
    published.drop(CUSTOMER_IDENTITY, "2026-11-18", customer(3), "nor json")
    published.process(CUSTOMER_IDENTITY, "2026-11-18")
    assert publish(published, now).changes["rejected_records"] == Changes(inserted=1, unchanged=1)
    assert [row["message"] == "not compared" for row in rows(published, "rejected_records")] == [True, False]


def test_rejected_rows_of_a_day_that_is_dropped_again_take_the_place_of_those_before(published, customer, now):
    published.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2), "not json", "nor this")
    published.process(CUSTOMER_IDENTITY, NEXT_DAY)
    publish(published, now)
    published.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2), customer(4), "that neither")
    published.process(CUSTOMER_IDENTITY, NEXT_DAY)
    changes = publish(published, now).changes["rejected_records"]
    assert (changes.inserted, changes.deleted + changes.updated) == (0, 2)
    assert [row["raw"] for row in rows(published, "rejected_records")] == ["t*** n***"]


def test_a_memory_of_an_older_version_knows_nothing_of_rejected_rows(published, customer, now):
    published.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2), "not json")
    published.process(CUSTOMER_IDENTITY, NEXT_DAY)
    publish(published, now)
    kept = published.lake.read_report("serving", "snapshot")
    published.lake.write_report("serving", "snapshot", {name: kept[name] for name in kept if name != "rejected"})
    write(published, "UPDATE rejected_records SET message = 'compared'")
    assert publish(published, now).changes["rejected_records"] == Changes(updated=1)
