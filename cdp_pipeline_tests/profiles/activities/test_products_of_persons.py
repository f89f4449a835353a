import random
from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.profiles.activities.products_of_persons import PROFILE_PRODUCTS, build_profile_products


def at(hour: int) -> datetime:
    return datetime(2026, 1, 1, hour, tzinfo=UTC)


def built(records):
    return build_profile_products(records.activities)


def act(records, action: str, hour: int, person: str = "P1", sku: str = "CAT-1", **columns) -> None:
    records.add(CUSTOMER_PRODUCT_ACTIVITY, person, action=action, action_at=at(hour), product_sku=sku, **columns)


def test_there_is_one_row_per_person_and_product_with_what_was_done_to_it(records, rows_of):
    for hour, action in enumerate(["View", "view_item", "Search", "Wishlist", "AddToCart", "Purchase", "Share"]):
        act(records, action, hour)
    act(records, "View", 1, sku="DOG-1")
    act(records, "View", 1, person="P2")
    records.add(CUSTOMER_PRODUCT_COMMENT, commented_at=at(8), product_sku="CAT-1")
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(9), product_sku="CAT-1", rating=4)
    records.add(EMAIL_INTERACTION, event="opened")
    rows = {(r["person_id"], r["product_sku"]): r for r in rows_of(built(records), PROFILE_PRODUCTS)}
    assert set(rows) == {("P1", "CAT-1"), ("P1", "DOG-1"), ("P2", "CAT-1")}
    row = rows["P1", "CAT-1"]
    assert {name: count for name, count in row.items() if name.endswith("_count")} == {
        "viewed_count": 2,
        "searched_count": 1,
        "wishlisted_count": 1,
        "carted_count": 1,
        "bought_count": 1,
        "other_count": 1,
        "comment_count": 1,
        "review_count": 1,
    }
    assert (row["first_at"], row["last_at"]) == (at(0), at(9))
    assert (row["last_viewed_at"], row["last_bought_at"], row["last_rating"]) == (at(1), at(5), 4)


def test_one_stock_number_in_two_systems_or_companies_is_two_products(records, rows_of):
    act(records, "View", 1)
    act(records, "View", 1, system_name="POS")
    act(records, "View", 1, company_id="ORG2")
    act(records, "View", 1, system_name=None)
    rows = rows_of(built(records), PROFILE_PRODUCTS)
    assert sorted((r["internal_company_id"], r["system_name"] or "") for r in rows) == [
        ("ORG1", ""),
        ("ORG1", "CRM"),
        ("ORG1", "POS"),
        ("ORG2", "CRM"),
    ]


@pytest.mark.parametrize(
    ("actions", "is_wishlisted"),
    [
        ([("View", 1)], False),
        ([("Wishlist", 1)], True),
        ([("addToWishlist", 1), ("removeWishlist", 2)], False),
        ([("Wishlist", 1), ("removeWishlist", 2), ("Wishlist", 3)], True),
        ([("removeWishlist", 1), ("Wishlist", 2)], True),
        ([("Wishlist", 1), ("removeWishlist", 1)], False),
        ([("removeWishlist", 1)], False),
    ],
)
def test_a_product_is_on_the_wish_list_until_it_is_taken_off(records, rows_of, actions, is_wishlisted):
    for action, hour in actions:
        act(records, action, hour)
    (row,) = rows_of(built(records), PROFILE_PRODUCTS)
    assert row["is_wishlisted"] is is_wishlisted


def test_name_category_and_rating_are_those_of_the_latest_record_that_states_them(records, rows_of):
    act(records, "View", 1, product_name="Cat food", product_category="Food")
    act(records, "View", 3, product_name="Cat food 2kg")
    act(records, "View", 2, product_name="Cat fodo", product_category="Cats")
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(4), product_sku="CAT-1", rating=2)
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(5), product_sku="CAT-1", rating=None)
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=at(3), product_sku="CAT-1", rating=5)
    (row,) = rows_of(built(records), PROFILE_PRODUCTS)
    assert (row["product_name"], row["product_category"], row["last_rating"]) == ("Cat food 2kg", "Cats", 2)


def test_two_names_of_one_moment_are_decided_by_the_record_key_whatever_the_order(records, rows_of):
    act(records, "View", 1, product_name="One")
    act(records, "View", 1, product_name="Two")
    for rows in (records, records.reversed()):
        assert rows_of(built(rows), PROFILE_PRODUCTS)[0]["product_name"] == "Two"


def test_what_names_no_stock_number_is_of_no_product(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action="View", product_sku=None)
    assert rows_of(built(records), PROFILE_PRODUCTS) == []


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_records_does_not_matter(records, rows_of, seed: int):
    dice = random.Random(seed)
    for _ in range(50):
        act(
            records,
            dice.choice(["View", "Wishlist", "removeWishlist", "Purchase"]),
            dice.randrange(4),
            person=dice.choice(["P1", "P2"]),
            sku=dice.choice(["CAT-1", "DOG-1"]),
            product_name=dice.choice([None, "A", "B"]),
        )
    rows = rows_of(built(records), PROFILE_PRODUCTS)
    dice.shuffle(records.rows)
    assert rows_of(built(records), PROFILE_PRODUCTS) == rows
