"""What a person launches alone, or loses, leaves nothing that is never made again."""

import json
from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.anomalies import count_anomalies
from cdp_pipeline.pipeline.current import gather_custom_fields, update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline.pipeline.inputs import Chosen, Inputs
from cdp_pipeline.pipeline.layer import Layer, current_of, versions_of
from cdp_pipeline.pipeline.layers import BY_TABLE, LAYERS
from cdp_pipeline.pipeline.publication import publish_database
from cdp_pipeline.pipeline.refresh import memory_file, outdated, refresh
from cdp_pipeline.pipeline.run import bring_up_to_date, chosen_of, clear_states
from cdp_pipeline_tests.pipeline.worlds import told

DAY, NEXT_DAY = "2026-11-15", "2026-11-16"


def run(place) -> None:
    bring_up_to_date(place.lake, place.settings, datetime(2026, 11, 15, tzinfo=UTC), upto="anomalies")


def stale_tables(place) -> list[str]:
    """The tables that are other ones when all is made from nothing."""
    then = dict(told(place.lake))
    clear_states(place.lake)
    run(place)
    return [table for table, rows in told(place.lake) if not rows.equals(then[table])]


@pytest.fixture
def people(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, *(customer(n, customFieldTexts={"customField01": "a"}) for n in range(1, 12)))
    place.process(CUSTOMER_IDENTITY, DAY)
    run(place)
    return place


def changed(people, customer) -> None:
    row = customer(3, gender="female", language="French", customFieldTexts={"customField01": "b"})
    people.drop(CUSTOMER_IDENTITY, NEXT_DAY, row)
    people.process(CUSTOMER_IDENTITY, NEXT_DAY)


def test_layers_launched_before_identity_are_refused_by_the_publication_and_made_again(people, customer):
    changed(people, customer)
    for entity in ENTITIES:
        update_current(people.lake, entity)
    gather_custom_fields(people.lake, ENTITIES)
    chosen = chosen_of(people.settings)
    for layer in LAYERS:
        refresh(people.lake, layer, chosen)
    assert "evidence" in outdated(people.lake, chosen)
    run(people)
    assert outdated(people.lake, chosen) == []
    assert stale_tables(people) == []


def test_custom_fields_launched_before_they_are_gathered_are_made_again(people, customer):
    changed(people, customer)
    refresh(people.lake, BY_TABLE["profile_custom_fields"], chosen_of(people.settings))
    run(people)
    assert stale_tables(people) == []


def test_leads_launched_before_their_list_is_folded_are_not_gone(place):
    leads = [{"id": f"L{n}", "companyId": "c1", "firstName": "An", "phone": f"+8490123450{n}"} for n in range(1, 6)]
    for day in (DAY, NEXT_DAY):
        place.drop(MOEGO_LEAD, day, json.dumps({"leads": leads, "nextPageToken": ""}))
        place.process(MOEGO_LEAD, day)
        if day == NEXT_DAY:
            refresh(place.lake, BY_TABLE["profile_leads"], chosen_of(place.settings))
        run(place)
    assert place.lake.scan("profiles", "profile_leads").collect()["gone_on"].to_list() == [None] * 5


def test_two_records_that_swap_a_value_are_seen(place, customer):
    others = [customer(n) for n in range(3, 12)]
    for languages in (("French", "Thai"), ("Thai", "French")):
        both = [customer(n, language=one, updatedAt=1_790_000_000_000) for n, one in enumerate(languages, 1)]
        place.drop(CUSTOMER_IDENTITY, DAY, *both, *others)
        place.process(CUSTOMER_IDENTITY, DAY)
        run(place)
    assert stale_tables(place) == []


@pytest.mark.parametrize("table", ["evidence", "profile_contacts", "household_members"])
@pytest.mark.parametrize("lost", ["the file", "the memory"])
def test_a_lost_file_is_made_again(people, customer, table, lost):
    (people.lake.path("profiles", table) if lost == "the file" else memory_file(people.lake, table)).unlink()
    changed(people, customer)
    run(people)
    assert stale_tables(people) == []


def test_another_currency_makes_all_tables_outdated_until_they_are_made(people):
    assert outdated(people.lake, Chosen("VND", chosen_of(people.settings).attributes)) == []
    assert len(outdated(people.lake, Chosen("EUR", chosen_of(people.settings).attributes))) == len(LAYERS)


@pytest.mark.parametrize(
    ("reads", "ages", "told_of"),
    [(versions_of(MOEGO_LEAD), False, "versions/moego_lead"), (current_of(MOEGO_LEAD), True, "newest drop date")],
)
def test_a_layer_whose_changes_nothing_tells_by_person_cannot_be_declared_so(reads, ages, told_of):
    def build(inputs: Inputs):
        return inputs.versions(MOEGO_LEAD)

    with pytest.raises(ValueError, match=told_of):
        Layer(BY_TABLE["profile_photos"].table, reads, build, by_person=True, ages=ages)


def test_custom_fields_that_are_not_gathered_are_refused_by_the_publication(people, customer):
    changed(people, customer)
    for entity in ENTITIES:
        update_current(people.lake, entity)
    update_persons(people.lake, ENTITIES, read_choices(people.settings), datetime(2026, 11, 16, tzinfo=UTC))
    chosen = chosen_of(people.settings)
    for layer in LAYERS:
        refresh(people.lake, layer, chosen)
    assert outdated(people.lake, chosen) == ["profile_custom_fields"]


def test_what_is_odd_is_counted_of_the_tables_that_are_published(people, customer):
    assert "contradiction:gender" not in count_anomalies(people.lake).get("customer-identity", {})
    both = [customer(3, gender="female"), customer(3, systemName="POS", gender="male")]
    people.drop(CUSTOMER_IDENTITY, NEXT_DAY, *both)
    people.process(CUSTOMER_IDENTITY, NEXT_DAY)
    bring_up_to_date(people.lake, people.settings, datetime(2026, 11, 16, tzinfo=UTC), upto="profile_values")
    publish_database(people.lake, ENTITIES, people.settings.database_url, chosen_of(people.settings))
    assert count_anomalies(people.lake)["customer-identity"]["contradiction:gender"] == 1
