from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES, build_profile_activities

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def timeline(records, rows_of, *columns: str) -> list[tuple]:
    built = build_profile_activities(records.current, records.record_persons)
    return [tuple(row.values()) for row in rows_of(built, PROFILE_ACTIVITIES, *columns)]


def test_there_is_one_row_per_activity_interaction_comment_and_review(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action="Wishlist", action_at=NOON, system_name="Website")
    records.add(CUSTOMER_PRODUCT_COMMENT, commented_at=NOON, system_name="POS")
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=NOON, rating=4)
    records.add(EMAIL_INTERACTION, event="opened", event_at=NOON, action_at=None)
    records.add(SMS_INTERACTION, "P2", event="clicked", event_at=NOON)
    assert timeline(
        records, rows_of, "person_id", "object_type", "activity_type", "occurred_at", "channel", "event"
    ) == [
        ("P1", "customer-product-activity", "wishlist", NOON, "web", "Wishlist"),
        ("P1", "customer-product-comment", "comment", NOON, "system", None),
        ("P1", "customer-product-review", "review", NOON, "system", None),
        ("P1", "email-interaction", "opened", NOON, "email", "opened"),
        ("P2", "sms-interaction", "clicked", NOON, "sms", "clicked"),
    ]


def test_texts_of_all_entities_stand_in_title_and_content(records, rows_of):
    records.add(CUSTOMER_PRODUCT_COMMENT, title="Size", content="Is it big?", parent_comment_id="c1")
    records.add(EMAIL_INTERACTION, subject="Sale", campaign_name="Tet")
    records.add(SMS_INTERACTION, text="Ma OTP", link="https://a.vn")
    assert timeline(records, rows_of, "title", "content", "parent_comment_id", "campaign_name", "link") == [
        ("Size", "Is it big?", "c1", None, None),
        ("Sale", None, None, "Tet", None),
        (None, "Ma OTP", None, None, "https://a.vn"),
    ]


def test_prices_of_all_entities_are_one_column_and_only_they_have_a_currency(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, price=99.5, quantity=2)
    records.add(CUSTOMER_PRODUCT_COMMENT, product_price=23520000.0, product_price_4_sale=23000000.0)
    records.add(CUSTOMER_PRODUCT_REVIEW)
    records.add(SMS_INTERACTION)
    assert timeline(records, rows_of, "price", "price_4_sale", "quantity", "currency") == [
        (99.5, None, 2, "VND"),
        (23520000.0, 23000000.0, None, "VND"),
        (None, None, None, None),
        (None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("action", "kind"), [(" Add To-Cart ", "add_to_cart"), ("Search", "search"), ("Đặt hàng", "đặt_hàng")]
)
def test_the_type_of_an_activity_is_its_action_in_one_spelling(records, rows_of, action, kind):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action=action)
    assert timeline(records, rows_of, "activity_type", "event") == [(kind, action)]


def test_an_interaction_without_a_person_is_not_on_the_timeline(records, rows_of):
    records.add(EMAIL_INTERACTION, None, event="opened")
    assert timeline(records, rows_of) == []
