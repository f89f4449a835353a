"""Oracle: in however many buckets people are resolved, every table is the same, and each row has its own key."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.identity.pipeline import Resolution
from cdp_pipeline.identity.tables import IDENTITY_TABLES
from cdp_pipeline.values import hashes as buckets
from cdp_pipeline_tests.identity.conftest import World
from cdp_pipeline_tests.identity.test_any_order import DAY, add_random_record

SWITCHBOARD = "02438123456"


def resolved_alike(world: World, patch: pytest.MonkeyPatch, days: int = 0) -> Resolution:
    """The resolution in one bucket, after it was compared with that in many; both go on from the ids of the day before.

    Args:
        world: The records.
        patch: Changes the size of buckets.
        days: How many days after the first one it is.
    """
    before = world.resolution
    found = []
    for rows in (40, 2_000_000):
        patch.setattr(buckets, "ROWS_AT_ONCE", rows)
        world.resolution = before
        world.resolve(at=DAY + timedelta(days=days))
        assert world.resolution is not None
        found.append(world.resolution)
    many, one = found
    assert many.changes == one.changes
    for table in IDENTITY_TABLES:
        rows, expected = (getattr(each, table.name).select(table.schema.names()) for each in found)
        assert_frame_equal(rows.sort(rows.columns), expected.sort(expected.columns))
        assert not expected.select(table.key).is_duplicated().any(), table.name
    return one


@pytest.mark.parametrize("seed", range(2))
def test_the_size_of_buckets_changes_no_table(world: World, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    dice = random.Random(seed)
    world.rules = replace(world.rules, limits=dict.fromkeys(world.rules.limits, 1 + seed), cluster_limit=3)
    for day in range(2):
        for _ in range(50):
            add_random_record(dice, world)
        for name in dice.sample(sorted(world.rows), 8):
            world.change(name, is_deleted=dice.random() < 0.5)
        world.remove(dice.choice(sorted(world.rows)))
        world.current()
        for decision in ("same", "different", "different"):
            world.say(decision, *dice.sample(sorted(world.keys), 2))
        resolved_alike(world, monkeypatch, day)


def test_an_order_for_somebody_else_is_no_holder_of_a_shared_phone(world: World, monkeypatch) -> None:
    for number, name in enumerate(["Trần Ba", "Lê Tư", "Vũ Năm", "Đỗ Sáu", "Hồ Bảy", "Lý Tám", "Bùi Chín", "Mai Mười"]):
        world.add(name, CUSTOMER_IDENTITY, customer_id=f"S{number}", full_name=name, phone=SWITCHBOARD)
    world.add("guard", CUSTOMER_IDENTITY, customer_id="S9", full_name="Cao Hai", phone=SWITCHBOARD)
    world.add("an", CUSTOMER_IDENTITY, customer_id="C1", full_name="Nguyễn Văn An", phone="0912345001")
    gift = {"customer_name": "Đinh Thị Lan", "customer_phone": SWITCHBOARD}
    world.add("gift", CUSTOMER_PRODUCT_ACTIVITY, action_id="A1", customer_id="C1", **gift)
    found = resolved_alike(world, monkeypatch)
    assert found.skipped_identifiers.select("reason", "holders", "people").rows() == [("shared", 9, 9)]
    statuses = dict(found.identifiers.filter(kind="phone", value="+842438123456").group_by("status").len().iter_rows())
    assert statuses == {"shared": 9, "contradicting": 1}


def test_pairs_at_a_crowded_phone_lend_their_score_to_no_other_pair(world: World, monkeypatch) -> None:
    for number in range(5):
        of_one = {"full_name": f"Nguyễn Văn A{number}", "email": f"a{number}@mail.example.com"}
        world.add(f"crm {number}", CUSTOMER_IDENTITY, customer_id=f"C{number}", phone=SWITCHBOARD, **of_one)
        world.add(f"pos {number}", CUSTOMER_IDENTITY, system_name="POS", customer_id=f"P{number}", **of_one)
    for number in range(70):
        named = {"customer_name": f"Trần K{number}", "customer_phone": SWITCHBOARD}
        world.add(f"call {number}", CUSTOMER_PRODUCT_ACTIVITY, action_id=f"A{number}", **named)
    links = resolved_alike(world, monkeypatch).links
    assert links.filter(rule="same_email_and_agreeing_name")["status"].to_list() == ["used"] * 5


def test_a_pair_with_several_addresses_that_are_nobodys_is_shown_once(world: World, monkeypatch) -> None:
    world.rules = replace(world.rules, limits={**world.rules.limits, "email": 1})
    emails = "phuong@spa.example.com, test@mail.example.com, noemail@mail.example.com"
    for number, name in enumerate(["Trần Ba", "Lê Tư"]):
        world.add(name, CUSTOMER_IDENTITY, customer_id=f"C{number}", full_name=name, email=emails)
    found = resolved_alike(world, monkeypatch)
    assert sorted(found.skipped_identifiers["reason"]) == ["blocked", "blocked", "shared"]
    assert found.links.select("value", "status").rows() == [("phuong@spa.example.com", "blocked")]


def test_what_is_said_of_strangers_makes_nobody_larger(world: World, monkeypatch) -> None:
    world.rules = replace(world.rules, cluster_limit=2)
    for number, name in enumerate(["Nguyễn Văn An", "Nguyễn Văn An", "Nguyễn An"]):
        world.add(f"an {number}", CUSTOMER_IDENTITY, customer_id=f"C{number}", full_name=name, phone="0912345001")
    world.add("lan", CUSTOMER_IDENTITY, customer_id="C9", full_name="Trần Lan", phone="0912345009")
    world.current()
    world.say("different", "an 0", "lan")
    assert resolved_alike(world, monkeypatch).links["status"].to_list() == ["used"] * 2
