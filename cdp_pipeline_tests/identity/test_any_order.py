"""Oracle: whatever lies in whatever order, every table of identity is the same, and every record stands in it once."""

import random
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.backend.local import Workspace
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.configuration.overrides import no_overrides
from cdp_pipeline.identity.pipeline import Choices, Resolution, resolve_persons
from cdp_pipeline.identity.tables import PERSON_IDS
from cdp_pipeline_tests.identity.conftest import World, collected

NAMES = ("Nguyễn Văn An", "Nguyễn An", "Trần Thị Bình", "Lê Cúc", "Nguyễn", None)
PHONES = ("0912345001", "0912345002", "0912345003", "0123456789", None)
EMAILS = ("an@mail.example.com", "binh@mail.example.com", "test@mail.example.com", None)
BIRTHS = (datetime(1980, 5, 17, tzinfo=UTC), datetime(2008, 5, 17, tzinfo=UTC), None)
DAY = datetime(2026, 11, 16, tzinfo=UTC)


def add_random_record(dice: random.Random, world: World) -> None:
    """A record of one of a few people, who share names, phones, ids and systems far more often than people do."""
    system, customer, lead = dice.choice(("CRM", "CRM", "POS")), f"C{dice.randrange(9)}", f"L{dice.randrange(6)}"
    name, phone, email, number = dice.choice(NAMES), dice.choice(PHONES), dice.choice(EMAILS), dice.randrange(20)
    said = {"system_name": system, "is_deleted": dice.random() < 0.1}
    match dice.randrange(7):
        case 0 | 1:
            person = {"full_name": name, "phone": phone, "email": email, "birth_date": dice.choice(BIRTHS)}
            person["identity_no"] = dice.choice((None, None, "079080001234", "079080009999"))
            world.add(f"{system} {customer}", CUSTOMER_IDENTITY, **said, customer_id=customer, **person)
        case 2:
            person = {"full_name": name, "phone": phone, "email": email}
            world.add(f"{system} {lead}", LEAD_INFORMATION, **said, lead_id=lead, **person)
        case 3:
            named = {"customer_id": customer, "customer_name": name, "customer_phone": phone}
            world.add(f"card {number}", CUSTOMER_MEMBERSHIP, **said, membership_id=f"M{number}", **named)
        case 4:
            address = {"customer_id": customer, "email": email or EMAILS[0]}
            world.add(f"mail {system} {address}", CUSTOMER_IDENTITY_EMAIL, **said, **address)
        case 5:
            named = {"customer_id": dice.choice((customer, "X")), "customer_phone": phone, "customer_email": email}
            world.add(f"kin {number}", CUSTOMER_RELATIONSHIP, **said, relationship_id=f"R{number}", **named)
        case _:
            event = {"event": "open", "event_at": int(DAY.timestamp() * 1000), "email": email or EMAILS[1]}
            world.add(f"event {number}", EMAIL_INTERACTION, **said, id=f"E{number}", **event)


def tables_of(resolution: Resolution) -> dict[str, pl.DataFrame]:
    tables = {
        "identifiers": resolution.identifiers,
        "links": resolution.links,
        "skipped_identifiers": resolution.skipped_identifiers,
        "household_relations": resolution.household_relations,
        "record_persons": resolution.record_persons,
        "unlinked_records": resolution.unlinked_records,
        "person_ids": resolution.person_ids,
        "unresolved_references": resolution.unresolved_references,
    }
    return {name: rows.sort(rows.columns) for name, rows in tables.items()}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_no_table(world: World, seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        add_random_record(dice, world)
    current = {name: rows.collect() for name, rows in world.current().items()}
    turned = {name: rows.sample(fraction=1, shuffle=True, seed=seed).lazy() for name, rows in current.items()}
    choices = Choices("company", world.rules, no_overrides(), merge_probability=0.8, suggest_probability=0.5)
    none = PERSON_IDS.empty().lazy()
    one, other = (
        tables_of(collected(resolve_persons(Workspace(tmp_path / name), rows, ENTITIES, none, choices, DAY)))
        for name, rows in (("given", {name: rows.lazy() for name, rows in current.items()}), ("turned", turned))
    )
    for name, rows in one.items():
        assert_frame_equal(other[name], rows)
    placed = pl.concat(one[name]["record_key"] for name in ("record_persons", "unlinked_records"))
    assert sorted(placed) == sorted(key for rows in current.values() for key in rows["record_key"])


def test_a_record_of_a_person_has_the_fingerprint_of_its_current_row(world: World) -> None:
    world.add("an", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Văn An", phone="0912345001")
    world.add("card", CUSTOMER_MEMBERSHIP, membership_id="M1", customer_id="C1", customer_name="An")
    world.add("mail", EMAIL_INTERACTION, id="E1", event="open", email="an@mail.example.com", event_at=1)
    world.add("address", CUSTOMER_IDENTITY_EMAIL, customer_id="C1", email="an@mail.example.com")
    world.resolve()
    assert world.resolution is not None
    rows = pl.concat(rows.select("record_key", "fingerprint") for rows in world.current().values())
    found = world.resolution.record_persons.select("record_key", "fingerprint")
    assert found.height == 4
    assert_frame_equal(found.sort("record_key"), rows.sort("record_key").collect())
