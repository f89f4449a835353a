from datetime import timedelta

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.steps.persons import read_choices, update_persons
from cdp_pipeline.steps.state import update_current

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


def resolve(place, now):
    for entity in ENTITIES:
        update_current(place.lake, entity)
    return update_persons(place.lake, ENTITIES, read_choices(place.settings), now)


def test_every_record_is_placed_once_and_people_are_counted(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2), customer(3, customerId="C9", phone="0912345001"))
    place.process(CUSTOMER_IDENTITY, DAY)
    report = resolve(place, now)
    assert (report.records, report.placed, report.people, report.largest_cluster) == (3, 3, 2, 2)


def test_merges_are_counted_and_kept_in_the_history_of_ids(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, phone="0912345001"))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    assert resolve(place, now + timedelta(days=1)).changes.merged == 1
    assert resolve(place, now + timedelta(days=2)).changes.merged == 0
    assert place.lake.rows("identity", "person_id_history") == 1


def test_a_history_written_by_an_interrupted_run_does_not_count(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    kept = place.lake.scan("identity", "person_ids").collect()
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, phone="0912345001"))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    resolve(place, now + timedelta(days=1))
    place.lake.write("identity", "person_ids", kept)
    resolve(place, now + timedelta(days=2))
    assert place.lake.rows("identity", "person_id_history") == 1
