"""Oracle: what is told of leads, refreshed day by day, is what all records say."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.registry import BY_NAME
from cdp_pipeline.pipeline.inputs import Inputs
from cdp_pipeline.pipeline.layers import BY_TABLE
from cdp_pipeline.pipeline.run import bring_up_to_date, chosen_of

TABLES = ("profile_lead_status_history", "profile_leads")
FIRST = datetime(2026, 11, 1, 9, tzinfo=UTC)
STATUSES = ("New", "Called", "Won")
SYSTEMS = ("CRM", "Landing-Page", "POS")


def build(place) -> None:
    """Bring both tables up to date and compare them with what is built of everything."""
    bring_up_to_date(place.lake, place.settings, FIRST, upto=TABLES[-1])
    for table in TABLES:
        layer = BY_TABLE[table]
        whole = layer.build(Inputs(place.lake, chosen_of(place.settings), layer.reads)).collect()
        assert_frame_equal(place.lake.scan("profiles", table).collect(), whole, check_row_order=False)


def told(place, table: str, *columns: str) -> list[tuple]:
    return place.lake.scan("profiles", table).select(columns).sort(columns).collect().rows()


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def lead(lead_id: str, system: str, phone: int, **columns) -> dict:
    return {"leadId": lead_id, "systemName": system, "phone": f"09123450{phone:02}", "fullName": "An", **columns}


def moego(number: int, **columns) -> dict:
    return {"id": f"ldg{number}", "companyId": "cop1", "phone": f"+849123450{number:02}", "firstName": "An", **columns}


def moego_list(*leads: dict) -> str:
    return json.dumps({"leads": leads, "nextPageToken": ""})


def change(lead_id: str, system: str, old: str, new: str, moment: datetime) -> dict:
    stated = {"oldStatus": old, "newStatus": new, "changedAt": milliseconds(moment)}
    return {"leadId": lead_id, "systemName": system, **stated}


def drop(place, day: str, **entries) -> None:
    """Land entries by the name of their entity, and process them."""
    for name, rows in entries.items():
        place.drop(BY_NAME[name], day, *rows)
        place.process(BY_NAME[name], day)


def test_a_change_follows_the_deleted_lead_of_its_own_system_and_no_longer_that_of_another_one(place):
    stated = change("L1", "CRM", "New", "Called", FIRST)
    drop(
        place,
        "2026-11-01",
        lead_information=[lead("L1", "Landing-Page", 1), *(lead(f"L{n}", "CRM", n) for n in range(2, 6))],
        lead_status_history=[stated],
    )
    build(place)
    assert [key is None for (key,) in told(place, TABLES[0], "lead_record_key")] == [False]
    drop(place, "2026-11-02", lead_information=[lead("L1", "CRM", 1, recordStatus="Deleted")])
    build(place)
    assert told(place, TABLES[0], "lead_record_key") == []
    left = place.lake.scan("identity", "unlinked_records").select("object_type", "reason").collect().rows()
    assert sorted(left) == [("lead-information", "deleted"), ("lead-status-history", "person deleted")]


def test_a_list_without_news_but_for_who_is_missing_makes_that_lead_gone(place):
    drop(place, "2026-11-01", moego_lead=[moego_list(*map(moego, range(1, 7)))])
    build(place)
    drop(place, "2026-11-02", moego_lead=[moego_list(*map(moego, range(1, 6)))])
    build(place)
    gone = [(f"ldg{n}", None) for n in range(1, 6)] + [("ldg6", date(2026, 11, 2))]
    assert told(place, TABLES[1], "lead_id", "gone_on") == gone


def random_day(dice: random.Random, day: int) -> dict[str, list]:
    """What lands on a day: leads of three systems that share ids and phones, and what became of them."""
    moment = FIRST + timedelta(days=day)

    def one_lead() -> dict:
        changed = {"status": dice.choice(STATUSES), "updatedAt": milliseconds(moment)}
        if dice.random() < 0.3:
            changed["customerId"] = f"C{dice.randrange(4)}"
        if dice.random() < 0.2:
            changed["recordStatus"] = "Deleted"
        return lead(f"L{dice.randrange(5)}", dice.choice(SYSTEMS), dice.randrange(6), **changed)

    def one_change() -> dict:
        hour = timedelta(hours=dice.randrange(20), days=-dice.randrange(2))
        return change(
            f"L{dice.randrange(5)}", dice.choice(SYSTEMS), dice.choice(STATUSES), dice.choice(STATUSES), moment + hour
        )

    def one_customer() -> dict:
        number = dice.randrange(4)
        return {"customerId": f"C{number}", "systemName": "CRM", "fullName": "An", "phone": f"09123450{number:02}"}

    def one_moego(number: int) -> dict:
        stage = {"lifeCycle": {"id": "1", "name": dice.choice(STATUSES)}}
        return moego(number, lastUpdatedTime=moment.isoformat().replace("+00:00", "Z"), **stage)

    listed = [one_moego(n) if dice.random() < 0.3 else moego(n) for n in range(5) if dice.random() < 0.8]
    landed = {
        "lead_information": [one_lead() for _ in range(dice.randrange(4))],
        "lead_status_history": [one_change() for _ in range(dice.randrange(4))],
        "customer_identity": [one_customer() for _ in range(dice.randrange(2))],
        "moego_lead": [moego_list(*listed)] if dice.random() < 0.7 else listed,
    }
    return {name: rows for name, rows in landed.items() if rows}


@pytest.mark.parametrize("seed", range(6))
def test_leads_and_their_changes_refreshed_day_by_day_are_those_built_of_everything(place, seed):
    dice = random.Random(seed)
    # One of the days comes late.
    days = dice.sample(range(1, 6), 5) if seed % 2 else range(1, 6)
    for day in days:
        drop(place, f"2026-11-{day:02}", **random_day(dice, day))
        build(place)
    assert all(place.lake.rows("profiles", table) for table in TABLES)
