import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.profiles.activities.activity_counts import PROFILE_ACTIVITY_COUNTS, build_profile_activity_counts

AS_OF = date(2026, 11, 18)
COUNTS = ("last_30_days", "last_90_days", "last_365_days", "ever")


def midnight(days_before: int) -> datetime:
    """The start of the UTC day that lies so many days before the newest drop date."""
    return datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC) - timedelta(days=days_before)


def built(records, as_of: date | None = AS_OF):
    return build_profile_activity_counts(records.activities, as_of)


def test_there_is_one_row_per_person_entity_and_type(records, rows_of):
    for person, action in (("P1", "View"), ("P1", "view"), ("P1", "Search"), ("P2", "View")):
        records.add(CUSTOMER_PRODUCT_ACTIVITY, person, action=action, action_at=midnight(0))
    records.add(CUSTOMER_PRODUCT_REVIEW, reviewed_at=midnight(1))
    records.add(EMAIL_INTERACTION, event="opened", event_at=midnight(2))
    rows = rows_of(built(records), PROFILE_ACTIVITY_COUNTS, *PROFILE_ACTIVITY_COUNTS.key, "ever")
    assert [tuple(row.values()) for row in rows] == [
        ("P1", "customer-product-activity", "search", 1),
        ("P1", "customer-product-activity", "view", 2),
        ("P1", "customer-product-review", "review", 1),
        ("P1", "email-interaction", "opened", 1),
        ("P2", "customer-product-activity", "view", 1),
    ]


@pytest.mark.parametrize(
    ("moment", "counted"),
    [
        (midnight(-1) - timedelta(milliseconds=1), (1, 1, 1, 1)),
        (midnight(29), (1, 1, 1, 1)),
        (midnight(29) - timedelta(milliseconds=1), (0, 1, 1, 1)),
        (midnight(89), (0, 1, 1, 1)),
        (midnight(90), (0, 0, 1, 1)),
        (midnight(364), (0, 0, 1, 1)),
        (midnight(365), (0, 0, 0, 1)),
        (midnight(-1), (0, 0, 0, 1)),
        (None, (0, 0, 0, 1)),
    ],
)
def test_a_window_is_so_many_days_up_to_and_including_the_newest_drop_date(records, rows_of, moment, counted):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action="View", action_at=moment)
    (row,) = rows_of(built(records), PROFILE_ACTIVITY_COUNTS)
    assert tuple(row[name] for name in COUNTS) == counted
    assert (row["first_at"], row["last_at"]) == (moment, moment)


def test_without_a_drop_date_nothing_is_recent(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action="View", action_at=midnight(0))
    (row,) = rows_of(built(records, None), PROFILE_ACTIVITY_COUNTS)
    assert tuple(row[name] for name in COUNTS) == (0, 0, 0, 1)


def test_an_activity_of_no_stated_action_is_counted_as_unknown(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action=None)
    (row,) = rows_of(built(records), PROFILE_ACTIVITY_COUNTS)
    assert (row["activity_type"], row["ever"]) == ("unknown", 1)


@pytest.mark.parametrize("seed", range(15))
def test_counts_equal_those_made_one_by_one(records, rows_of, seed: int):
    dice = random.Random(seed)
    expected = defaultdict(lambda: [0, 0, 0, 0])
    for _ in range(dice.randint(0, 80)):
        person, action = dice.choice(["P1", "P2", "P3"]), dice.choice(["View", "Search"])
        moment = midnight(-1) - timedelta(seconds=dice.randint(-90_000, 400 * 86_400))
        records.add(CUSTOMER_PRODUCT_ACTIVITY, person, action=action, action_at=moment)
        age = (AS_OF - moment.date()).days
        count = expected[person, action.lower()]
        for place, days in enumerate((30, 90, 365)):
            count[place] += 0 <= age < days
        count[3] += 1
    rows = rows_of(built(records), PROFILE_ACTIVITY_COUNTS)
    assert {(r["person_id"], r["activity_type"]): [r[name] for name in COUNTS] for r in rows} == expected
    assert rows_of(built(records.reversed()), PROFILE_ACTIVITY_COUNTS) == rows
