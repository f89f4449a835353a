from datetime import UTC, date, datetime

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.entities.table import columns_of
from cdp_pipeline.profiles.activities.activity_counts import (
    ActivityParts,
    ActivitySummary,
    build_profile_activity_counts,
    summarize_activities,
)
from cdp_pipeline.profiles.activities.engagement import build_profile_engagement
from cdp_pipeline.profiles.activities.products_of_persons import build_profile_products
from cdp_pipeline.profiles.activities.recency import build_profile_recency

AS_OF = date(2026, 1, 31)


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def summarized(records, as_of: date = AS_OF) -> list[dict]:
    activities = records.activities
    parts = ActivityParts(
        activities=activities,
        counts=build_profile_activity_counts(activities, as_of),
        engagement=build_profile_engagement(activities),
        products=build_profile_products(activities),
        recency=build_profile_recency(activities, as_of),
    )
    return summarize_activities(parts).sort("person_id").collect().to_dicts()


def act(records, action: str, day: int, sku: str, category: str | None = None, **columns) -> None:
    columns = {"action": action, "action_at": at(day), "product_sku": sku, "product_category": category, **columns}
    records.add(CUSTOMER_PRODUCT_ACTIVITY, **columns)


def test_a_person_has_one_row_with_every_activity_column(records):
    act(records, "View", 1, "CAT-1")
    records.add(EMAIL_INTERACTION, "P2", event="sent", event_at=at(1))
    rows = summarized(records)
    assert [row["person_id"] for row in rows] == ["P1", "P2"]
    assert {column.name for column in columns_of(ActivitySummary)} == set(rows[0]) - {"person_id"}


def test_activities_are_counted_by_what_they_are(records):
    act(records, "Search", 1, "CAT-1")
    records.add(CUSTOMER_PRODUCT_COMMENT, commented_at=at(2))
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(2), rating=4)
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(3), rating=5)
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(3), rating=None)
    records.add(EMAIL_INTERACTION, event="Opened", event_at=at(4))
    (row,) = summarized(records)
    assert (row["activity_count"], row["product_activity_count"], row["comment_count"]) == (6, 1, 1)
    assert (row["review_count"], row["average_rating"]) == (3, 4.5)
    assert (row["first_activity_at"], row["last_activity_at"]) == (at(1), at(4))
    assert (row["activities_30_days"], row["activities_90_days"], row["activities_365_days"]) == (5, 6, 6)


def test_messages_are_counted_by_channel(records):
    for event in ("sent", "opened", "opened", "clicked"):
        records.add(EMAIL_INTERACTION, event=event, event_at=at(4), message_id="M1")
    records.add(SMS_INTERACTION, event="delivered", event_at=at(5))
    (row,) = summarized(records)
    assert (row["email_sent_count"], row["email_opened_count"], row["email_clicked_count"]) == (1, 1, 1)
    assert (row["email_open_rate"], row["sms_open_rate"]) == (1.0, 0.0)
    assert (row["sms_delivered_count"], row["sms_sent_count"], row["sms_delivery_rate"]) == (1, 0, None)


@pytest.mark.parametrize(
    ("views", "most"),
    [
        ([("B", 1), ("B", 2), ("A", 3)], "B"),
        ([("B", 2), ("A", 1)], "B"),
        ([("B", 1), ("A", 1)], "A"),
    ],
)
def test_most_viewed_is_the_most_often_then_the_latest_then_the_smallest(records, views, most):
    for sku, day in views:
        act(records, "View", day, sku, category=f"category {sku}")
    act(records, "Purchase", 9, "Z", category="bought")
    for given in (records, records.reversed()):
        (row,) = summarized(given)
        assert (row["most_viewed_product_sku"], row["most_viewed_category"]) == (most, f"category {most}")


def test_views_of_a_category_add_up_over_its_products(records):
    for sku, category in (("A", "Food"), ("A", "Food"), ("B", "Toys"), ("C", "Toys"), ("D", "Toys"), ("E", None)):
        act(records, "View", 1, sku, category)
    (row,) = summarized(records)
    assert (row["most_viewed_product_sku"], row["most_viewed_category"]) == ("A", "Toys")


def test_the_wish_list_is_sorted_and_names_each_product_once(records):
    act(records, "Wishlist", 1, "B", "Toys")
    act(records, "Wishlist", 1, "A", "Toys")
    act(records, "Wishlist", 1, "A", "Food", system_name="POS")
    act(records, "Wishlist", 1, "C", "Cars")
    act(records, "removeWishlist", 2, "C")
    (row,) = summarized(records)
    assert (row["wishlisted_products"], row["wishlisted_categories"]) == (["A", "B"], ["Food", "Toys"])


def test_scores_and_what_does_not_move_by_itself_are_taken_from_recency(records):
    act(records, "View", 1, "A")
    act(records, "View", 11, "A")
    (row,) = summarized(records)
    assert (row["recency_score"], row["frequency_score"]) == (5, 2)
    assert (row["activity_frequency"], row["activity_recency_days"]) == (1, 10)


def test_a_new_drop_date_alone_leaves_the_profile_as_it_was(records):
    act(records, "View", 12, "A")
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(20), rating=4)
    assert summarized(records, date(2026, 2, 1)) == summarized(records, AS_OF)
