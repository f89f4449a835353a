"""Oracle: what changed, resolved beside what is known, gives what resolving everything gives."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import renewal
from cdp_pipeline.identity.overrides import Overrides, no_overrides
from cdp_pipeline.identity.renewal import Before, Renewal, renew_persons
from cdp_pipeline.identity.resolve import Choices, Resolution, resolve_persons
from cdp_pipeline.identity.tables import PERSON_IDS
from cdp_pipeline.identity.touched import Touched
from cdp_pipeline_tests.identity.conftest import World

NAMES = ("Nguyễn Văn An", "Nguyễn An", "Trần Thị Bình", "Lê Cúc", None)
PHONES = ("0912345001", "0912345002", "0912345003", "0123456789", None)
EMAILS = ("an@mail.example.com", "binh@mail.example.com", "test@mail.example.com", None)
BIRTHS = (datetime(1980, 5, 17, tzinfo=UTC), datetime(2008, 5, 17, tzinfo=UTC), None)
DAY = datetime(2026, 11, 16, tzinfo=UTC)


def random_record(dice: random.Random) -> tuple[str, Entity, dict[str, Any]]:
    """A record of one of a few people, who share names, phones, ids and systems far more often than people do."""
    system, customer, lead = dice.choice(("CRM", "CRM", "POS")), f"C{dice.randrange(5)}", f"L{dice.randrange(4)}"
    name, phone, email = dice.choice(NAMES), dice.choice(PHONES), dice.choice(EMAILS)
    origin = {"system_name": system, "is_deleted": dice.random() < 0.1}
    number = dice.randrange(12)
    match dice.randrange(6):
        case 0 | 1:
            born, document = dice.choice(BIRTHS), dice.choice((None, None, "079080001234", "079080009999"))
            said = {"full_name": name, "phone": phone, "email": email, "birth_date": born, "identity_no": document}
            return f"{system} {customer}", CUSTOMER_IDENTITY, {**origin, "customer_id": customer, **said}
        case 2:
            said = {"full_name": name, "phone": phone, "email": email}
            return f"{system} {lead}", LEAD_INFORMATION, {**origin, "lead_id": lead, **said}
        case 3:
            named = {"customer_id": customer, "customer_name": name, "customer_phone": phone}
            return f"card {number}", CUSTOMER_MEMBERSHIP, {**origin, "membership_id": f"M{number}", **named}
        case 4:
            address = {"customer_id": customer, "email": email or EMAILS[0]}
            return f"mail {system} {address}", CUSTOMER_IDENTITY_EMAIL, {**origin, **address}
    event = {"id": f"E{number}", "email": email or EMAILS[1], "event": "open", "event_at": int(DAY.timestamp() * 1000)}
    return f"event {number}", EMAIL_INTERACTION, {**origin, **event}


def tables_of(resolution: Resolution) -> dict[str, pl.LazyFrame]:
    frames = {
        "identifiers": resolution.identifiers,
        "links": resolution.links,
        "skipped_identifiers": resolution.skipped_identifiers,
        "household_relations": resolution.household_relations,
        "suggested_links": resolution.suggested_links,
        "override_problems": resolution.override_problems,
        "record_persons": resolution.attached.record_persons,
        "unlinked_records": resolution.attached.unlinked,
        "person_ids": resolution.person_ids.state,
    }
    return {name: frame.lazy().collect().lazy() for name, frame in frames.items()}


def touched(before: Mapping[str, pl.LazyFrame], now: Mapping[str, pl.LazyFrame]) -> dict[str, Touched]:
    """What changed from one state of the current tables to the next."""
    found = {}
    for name, rows in now.items():
        was, is_now = ({row["record_key"]: row for row in f.collect().to_dicts()} for f in (before[name], rows))
        keys = sorted(key for key in was.keys() | is_now.keys() if was.get(key) != is_now.get(key))
        changed = pl.DataFrame({"record_key": keys}, schema={"record_key": pl.String})
        found[name] = Touched(changed, before[name].filter(pl.col("record_key").is_in(keys)))
    return found


def assert_equal(renewed: Renewal, anew: Resolution) -> None:
    for name, rows in tables_of(anew).items():
        one, other = renewed.tables[name].drop("resolved_at", strict=False), rows.drop("resolved_at", strict=False)
        columns = other.collect_schema().names()
        assert_frame_equal(one.select(columns).sort(columns).collect(), other.sort(columns).collect())
    columns = anew.nodes.columns
    assert_frame_equal(renewed.nodes.select(columns).sort(columns), anew.nodes.sort(columns))
    assert renewed.unresolved_references.rows() == anew.unresolved_references.rows()
    assert renewed.changes == anew.changes
    assert renewed.history.rows() == anew.person_ids.history.rows()


@pytest.mark.parametrize("seed", range(2))
def test_what_changed_is_resolved_to_the_same_as_everything(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # In so small a world nearly everybody is near every change.
    monkeypatch.setattr(renewal, "MOST_NEAR", 9.0)
    dice, world = random.Random(seed), World()
    choices = Choices("company", world.rules, no_overrides())
    for _ in range(25):
        name, entity, columns = random_record(dice)
        world.add(name, entity, **columns)
    current = world.current()
    resolution = resolve_persons(current, ENTITIES, PERSON_IDS.empty(), choices, DAY)
    before = Before(tables_of(resolution), resolution.nodes.lazy())
    for day in range(1, 4):
        for _ in range(dice.randrange(1, 4)):
            if dice.random() < 0.3:
                world.remove(dice.choice(sorted(world.rows)))
            name, entity, columns = random_record(dice)
            world.add(name, entity, **columns)
        then, current = current, world.current()
        at = DAY + timedelta(days=day)
        ids = before["person_ids"].collect()
        renewed = renew_persons(current, ENTITIES, before, touched(then, current), choices, at)
        assert renewed is not None
        assert_equal(renewed, resolve_persons(current, ENTITIES, ids, choices, at))
        tables = {name: rows.collect().lazy() for name, rows in renewed.tables.items()}
        before = Before(tables, renewed.nodes.lazy())


def test_a_persons_word_holds_when_its_records_change_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "MOST_NEAR", 9.0)
    world.add("an", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Văn An", phone="0912345001")
    world.add("also an", CUSTOMER_IDENTITY, customer_id="C2", full_name="Nguyễn Văn An", phone="0912345001")
    then = world.current()
    world.say("different", "an", "also an")
    choices = Choices("company", world.rules, Overrides(world.statements(), no_overrides().problems))
    resolution = resolve_persons(then, ENTITIES, PERSON_IDS.empty(), choices, DAY)
    world.change("an", email="an@mail.example.com")
    current = world.current()
    before = Before(tables_of(resolution), resolution.nodes.lazy())
    renewed = renew_persons(current, ENTITIES, before, touched(then, current), choices, DAY)
    assert renewed is not None
    assert renewed.tables["record_persons"].collect()["person_id"].n_unique() == 2


def test_where_most_is_near_a_change_or_matching_merges_all_is_to_be_resolved(world: World) -> None:
    world.add("an", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Văn An", phone="0912345001")
    then = world.current()
    choices = Choices("company", world.rules, no_overrides())
    resolution = resolve_persons(then, ENTITIES, PERSON_IDS.empty(), choices, DAY)
    before = Before(tables_of(resolution), resolution.nodes.lazy())
    world.change("an", phone="0912345002")
    current = world.current()
    assert renew_persons(current, ENTITIES, before, touched(then, current), choices, DAY) is None
    merging = replace(choices, matching="merge")
    assert renew_persons(current, ENTITIES, before, touched(then, current), merging, DAY) is None
