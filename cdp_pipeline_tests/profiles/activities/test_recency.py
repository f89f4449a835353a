import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.profiles.activities.recency import (
    FREQUENCY_STEPS,
    PROFILE_RECENCY,
    RECENCY_STEPS,
    build_profile_recency,
)

AS_OF = date(2026, 11, 18)
FIGURES = ("activity_frequency", "activity_recency_days", "first_product_activity_on")


def days_ago(days: int, hour: int = 12) -> datetime:
    return datetime(AS_OF.year, AS_OF.month, AS_OF.day, hour, tzinfo=UTC) - timedelta(days=days)


def day(ago: int) -> date:
    return AS_OF - timedelta(days=ago)


def built(records, as_of: date | None = AS_OF):
    return build_profile_recency(records.activities, as_of)


def buy(records, *days: int, person: str = "P1", hour: int = 12) -> None:
    for ago in days:
        records.add(CUSTOMER_PRODUCT_ACTIVITY, person, action="Purchase", action_at=days_ago(ago, hour))


def row(records, rows_of) -> dict:
    (found,) = rows_of(built(records), PROFILE_RECENCY)
    return found


def test_there_is_one_row_per_person_who_did_something(records, rows_of):
    buy(records, 3, 5)
    records.add(CUSTOMER_PRODUCT_COMMENT, "P2", commented_at=days_ago(400))
    records.add(EMAIL_INTERACTION, "P3", event="sent", event_at=days_ago(1))
    rows = rows_of(built(records), PROFILE_RECENCY, "person_id", "last_active_on", "own_activities_365_days")
    assert [tuple(r.values()) for r in rows] == [("P1", day(3), 2), ("P2", day(400), 0)]


def test_opening_a_message_is_an_own_activity_and_being_sent_one_is_not(records, rows_of):
    records.add(EMAIL_INTERACTION, event="opened", event_at=days_ago(9))
    records.add(EMAIL_INTERACTION, event="sent", event_at=days_ago(1))
    found = row(records, rows_of)
    assert (found["last_active_on"], found["own_activities_365_days"]) == (day(9), 1)
    assert [found[name] for name in FIGURES] == [None, None, None]


def test_days_with_a_product_activity_count_once_and_the_first_does_not(records, rows_of):
    buy(records, 10, 10, 4, 100)
    buy(records, 4, hour=23)
    assert [row(records, rows_of)[name] for name in FIGURES] == [2, 96, day(100)]


def test_what_happened_after_the_newest_drop_date_does_not_count(records, rows_of):
    buy(records, 7, -1)
    buy(records, -2, person="P2")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, action="View", action_at=None)
    found = row(records, rows_of)
    assert [found[name] for name in FIGURES] == [0, 0, day(7)]
    assert (found["person_id"], found["last_active_on"]) == ("P1", day(7))


def test_a_day_on_which_nothing_happens_changes_nobody(records, rows_of):
    buy(records, 3, 40)
    records.add(EMAIL_INTERACTION, "P2", event="opened", event_at=days_ago(100))
    after = built(records, AS_OF + timedelta(days=1))
    assert rows_of(after, PROFILE_RECENCY) == rows_of(built(records), PROFILE_RECENCY)


def test_without_a_drop_date_nothing_is_known(records, rows_of):
    buy(records, 1)
    assert rows_of(built(records, None), PROFILE_RECENCY) == []


@pytest.mark.parametrize(
    ("days", "score"), [(0, 5), (30, 5), (31, 4), (90, 4), (91, 3), (180, 3), (181, 2), (365, 2), (366, 1)]
)
def test_the_recency_score_goes_by_fixed_steps(records, rows_of, days, score):
    buy(records, days)
    assert row(records, rows_of)["recency_score"] == score


@pytest.mark.parametrize(
    ("times", "score"), [(1, 1), (2, 2), (3, 2), (4, 3), (11, 3), (12, 4), (51, 4), (52, 5), (99, 5)]
)
def test_the_frequency_score_goes_by_fixed_steps_of_the_last_365_days(records, rows_of, times, score):
    buy(records, *[364] * times, 365, 365, 365)
    assert row(records, rows_of)["frequency_score"] == score


def test_the_steps_stand_in_the_columns_descriptions():
    described = {column.name: column.description for column in PROFILE_RECENCY.columns}
    assert all(str(step) in described["recency_score"] for step in RECENCY_STEPS)
    assert all(str(step) in described["frequency_score"] for step in FREQUENCY_STEPS)


@pytest.mark.parametrize("seed", range(15))
def test_the_figures_equal_those_made_one_by_one(records, rows_of, seed: int):
    dice = random.Random(seed)
    days = defaultdict(set)
    for _ in range(dice.randint(1, 60)):
        person, ago = dice.choice(["P1", "P2", "P3"]), dice.randint(-2, 40)
        buy(records, ago, person=person, hour=dice.randrange(24))
        if ago >= 0:
            days[person].add(day(ago))
    rows = rows_of(built(records), PROFILE_RECENCY)
    assert {r["person_id"]: tuple(r[name] for name in FIGURES) for r in rows} == {
        person: (len(on) - 1, (max(on) - min(on)).days, min(on)) for person, on in days.items()
    }
    assert rows_of(built(records.reversed()), PROFILE_RECENCY) == rows
