"""A customer with records of every entity is deleted, and comes back: what readers see on each of the three days."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.pipeline.snapshot import PROFILE_TABLES

DAY_1, DAY_2, DAY_3 = "2026-11-16", "2026-11-17", "2026-11-18"
NOON = int(datetime.fromisoformat("2026-11-15T12:00:00Z").timestamp() * 1000)
LAN: dict[str, Any] = {"customerId": "C1", "systemName": "CRM"}
HERSELF = {**LAN, "customerName": "Trần Thị Lan", "customerPhone": "0912345678", "customerEmail": "lan@mail.vn"}
PRODUCT = {"productSku": "S1", "productName": "Tea", "productCategoryId": "T"}
SENT = {"serviceProvider": "Brevo", "eventAt": NOON, "actionAt": NOON, "event": "opened", "systemName": "EDM"}
IDENTITY = {**LAN, "fullName": "Trần Thị Lan", "phone": "0912345678", "email": "lan@mail.vn", "updatedAt": NOON}
HERS: dict[str, dict[str, Any]] = {
    "customer-identity": {**IDENTITY, "photos": "https://p.vn/1.png"},
    "customer-identity-address": {
        **LAN, "addressType": "Live", "city": "Huế", "district": "Phú Hội", "address": "1 Lê Lợi",
    },
    "customer-identity-email": {**LAN, "email": "lan@work.vn", "emailType": "Business", "primary": True},
    "customer-identity-photo": {**LAN, "source": "Facebook", "imageUrl": "https://p.vn/2.png"},
    "customer-relationship": {**LAN, "relationshipId": "R1", "relationship": "child", "fullName": "Trần Bi"},
    "customer-membership": {**HERSELF, "membershipId": "M1", "membershipIssuedAt": NOON},
    "customer-product-activity": {**HERSELF, **PRODUCT, "actionId": "A1", "action": "Wishlist", "actionAt": NOON},
    "customer-product-comment": {**HERSELF, **PRODUCT, "commentId": "K1", "commentedAt": NOON, "content": "Good"},
    "customer-product-review": {**HERSELF, **PRODUCT, "reviewId": "V1", "reviewedAt": NOON, "content": "Good"},
    "customer-product-subscriber": {
        **HERSELF, **PRODUCT, "subscribeId": "B1", "subscribeAt": NOON, "status": "Subscribed", "subscribeEmail": True,
    },
    "email-interaction": {**SENT, "id": "E1", "email": "lan@mail.vn"},
    "sms-interaction": {**SENT, "id": "T1", "phoneNumber": "0912345678"},
}  # fmt: skip
LEAD = {
    "leadId": "L1", "systemName": "Web", "customerId": "C1", "phone": "0912345678", "fullName": "Trần Thị Lan",
    "singleOptIn": "Yes",
}  # fmt: skip


@pytest.fixture
def run(place, now):
    """Drops entries on a day and runs all steps up to the tables of persons."""
    days = iter(range(9))

    def go(day: str, entries: dict[str, dict[str, Any]]) -> None:
        for object_type, entry in entries.items():
            place.drop(BY_OBJECT_TYPE[object_type], day, entry)
            place.process(BY_OBJECT_TYPE[object_type], day)
        bring_up_to_date(place.lake, place.settings, now + timedelta(days=next(days)), upto="anomalies")

    return go


def rows(place, table: str) -> list[dict[str, Any]]:
    return place.lake.scan("profiles", table).collect().to_dicts()


def of_persons(place) -> dict[str, pl.DataFrame]:
    """The rows of every table of persons, without the moments that a later drop moves on."""
    moving = ["first_seen_at", "last_seen_at"]
    tables = [t for t in PROFILE_TABLES if "person_id" in t.schema.names()]
    frames = {t.name: (t, place.lake.scan("profiles", t.name).collect()) for t in tables}
    return {name: frame.drop(moving, strict=False).sort(table.key) for name, (table, frame) in frames.items()}


def reasons(place) -> dict[str, str]:
    unlinked = place.lake.scan("identity", "unlinked_records").collect()
    return dict(unlinked.select("object_type", "reason").iter_rows())


def test_nothing_of_a_deleted_person_is_left_for_a_reader_and_the_facts_are_kept(place, run):
    run(DAY_1, HERS)
    (lan,) = rows(place, "profiles")
    assert lan["record_count"] == len(HERS)
    run(DAY_2, {"customer-identity": {**LAN, "recordStatus": "Deleted", "updatedAt": NOON + 1}})
    assert {name: frame.height for name, frame in of_persons(place).items() if frame.height} == {}
    assert {name for name in ("households", "household_evidence") if rows(place, name)} == set()
    assert reasons(place) == dict.fromkeys(HERS, "person deleted") | {"customer-identity": "deleted"}


def test_a_revived_person_is_back_under_the_same_id_with_everything(place, run):
    run(DAY_1, HERS)
    before = of_persons(place)
    run(DAY_2, {"customer-identity": {**LAN, "recordStatus": "Deleted", "updatedAt": NOON + 1}})
    run(DAY_3, {"customer-identity": {**HERS["customer-identity"], "updatedAt": NOON + 2}})
    after = of_persons(place)
    for name, frame in before.items():
        same = [column for column in frame.columns if column not in ("updated_at", "valid_from")]
        assert after[name].select(same).equals(frame.select(same)), name
    assert reasons(place) == {}


def test_a_person_whose_lead_is_alive_lives_on_as_a_lead(place, run):
    run(DAY_1, {**HERS, "lead-information": LEAD})
    (lan,) = rows(place, "profiles")
    run(DAY_2, {"customer-identity": {**LAN, "recordStatus": "Deleted", "updatedAt": NOON + 1}})
    (left,) = rows(place, "profiles")
    assert (left["person_id"], left["kind"], left["customer_ids"]) == (lan["person_id"], "lead", None)
    assert reasons(place) == {"customer-identity": "deleted"}
