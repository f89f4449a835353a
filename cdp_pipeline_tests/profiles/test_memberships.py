from datetime import UTC, datetime

from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.profiles.memberships import PROFILE_MEMBERSHIPS, build_profile_memberships


def card(records, person: str, issued: int, **columns) -> str:
    return records.add(
        CUSTOMER_MEMBERSHIP, person, membership_issued_at=datetime(2026, 1, issued, tzinfo=UTC), **columns
    )


def current_cards(records) -> list[str]:
    built = build_profile_memberships(records.current, records.record_persons).collect()
    return sorted(built.filter("is_current")["record_key"])


def test_there_is_one_row_per_card_with_its_points_as_stated(records, rows_of):
    card(records, "P1", 1, membership_id="M1", earn_point=5000, redeem_point=1200, loyalty_point=3500)
    card(records, "P1", 2, membership_id="M2", membership_type="VIP")
    columns = ("source_id", "membership_type", "earn_point", "loyalty_point", "is_current")
    built = build_profile_memberships(records.current, records.record_persons)
    assert [tuple(row.values()) for row in rows_of(built, PROFILE_MEMBERSHIPS, *columns)] == [
        ("M1", None, 5000, 3500, False),
        ("M2", "VIP", None, None, True),
    ]


def test_the_current_card_is_the_one_changed_last(records):
    card(records, "P1", 1, membership_updated_at=datetime(2026, 1, 9, tzinfo=UTC))
    card(records, "P1", 5)
    assert current_cards(records) == ["r1"]


def test_an_expired_card_is_current_only_where_there_is_no_active_one(records):
    card(records, "P1", 5, status="Expired")
    assert current_cards(records) == ["r1"]
    card(records, "P1", 1, status="active")
    assert current_cards(records) == ["r2"]


def test_each_person_has_one_current_card_even_on_a_tie(records):
    for person in ("P1", "P1", "P2"):
        card(records, person, 1)
    assert current_cards(records) == ["r1", "r3"]
