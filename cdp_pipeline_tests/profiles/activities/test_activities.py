from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.activities.activities import PROFILE_ACTIVITIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def timeline(records, rows_of, *columns: str) -> list[tuple]:
    built = records.activities
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


@pytest.mark.parametrize(
    ("event", "outcome"), [("Opened", "opened"), ("softBounce", "bounced"), ("listAddition", None)]
)
def test_an_interaction_says_what_became_of_the_message(records, rows_of, event, outcome):
    records.add(EMAIL_INTERACTION, event=event)
    records.add(SMS_INTERACTION, event=event)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action=event)
    assert timeline(records, rows_of, "outcome") == [(outcome,), (outcome,), (None,)]


def comment(records, comment_id: str, parent: str | None = None, person: str | None = "P1", **columns) -> None:
    records.add(CUSTOMER_PRODUCT_COMMENT, person, comment_id=comment_id, parent_comment_id=parent, **columns)


def test_a_reply_is_tied_to_the_comment_it_answers_whoever_wrote_it(records, rows_of):
    comment(records, "c1", person="P2")
    comment(records, "c2", "c1")
    comment(records, "c3", "c1", person="P2")
    comment(records, "c9", person=None)
    comment(records, "c4", "c9")
    assert timeline(records, rows_of, "source_id", "parent_record_key", "parent_problem") == [
        ("c1", None, None),
        ("c2", "r1", None),
        ("c3", "r1", None),
        ("c4", "r4", None),
    ]


@pytest.mark.parametrize("elsewhere", [{"system_name": "POS"}, {"company_id": "ORG2"}, {"system_name": None}])
def test_a_comment_of_another_system_or_company_is_no_parent(records, rows_of, elsewhere):
    comment(records, "c1", person=None, **elsewhere)
    comment(records, "c2", "c1")
    comment(records, "c3", "c1", **elsewhere)
    assert timeline(records, rows_of, "parent_record_key", "parent_problem") == [(None, "missing"), ("r1", None)]


def test_a_parent_that_never_came_was_deleted_or_is_the_comment_itself_is_said_to_be_so(records, rows_of):
    comment(records, "c1", "c0")
    comment(records, "c2", person=None, is_deleted=True)
    comment(records, "c3", "c2")
    comment(records, "c4", "c4")
    assert timeline(records, rows_of, "source_id", "parent_record_key", "parent_problem") == [
        ("c1", None, "missing"),
        ("c3", None, "deleted"),
        ("c4", None, "self"),
    ]


def test_comments_that_answer_each_other_are_tied_and_never_followed(records, rows_of):
    comment(records, "c1", "c2")
    comment(records, "c2", "c1")
    assert timeline(records, rows_of, "parent_record_key", "parent_problem") == [("r2", None), ("r1", None)]


def test_a_negative_price_and_a_moment_to_come_stay_as_sent(records, rows_of):
    later = datetime(2031, 1, 1, tzinfo=UTC)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, price=-5.0, action_at=later)
    assert timeline(records, rows_of, "price", "currency", "occurred_at") == [(-5.0, "VND", later)]


def test_the_type_is_cut_as_it_is_part_of_a_key(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action="a" * 5000)
    ((kind, event),) = timeline(records, rows_of, "activity_type", "event")
    assert (len(kind), len(event)) == (100, 5000)
