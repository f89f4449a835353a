import random
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.activities.engagement import PROFILE_ENGAGEMENT, RATES, build_profile_engagement

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OUTCOMES = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained", "deferred", "failed")


def built(records):
    return build_profile_engagement(records.activities)


def mail(records, message: str | None, *events: str, entity=EMAIL_INTERACTION, provider: str = "Brevo") -> None:
    for event in events:
        records.add(entity, event=event, event_at=NOON, message_id=message, service_provider=provider)


def row(records, rows_of) -> dict:
    (found,) = rows_of(built(records), PROFILE_ENGAGEMENT)
    return found


def test_there_is_one_row_per_person_and_channel(records, rows_of):
    mail(records, "M1", "sent", "opened")
    mail(records, "S1", "sent", entity=SMS_INTERACTION)
    records.add(SMS_INTERACTION, "P2", event="delivered")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, "P3", action="opened")
    rows = rows_of(built(records), PROFILE_ENGAGEMENT, "person_id", "channel", "sent", "delivered", "opened")
    assert [tuple(r.values()) for r in rows] == [
        ("P1", "email", 1, 0, 1),
        ("P1", "sms", 1, 0, 0),
        ("P2", "sms", 0, 1, 0),
    ]


def test_a_message_opened_three_times_is_one_message_opened(records, rows_of):
    mail(records, "M1", "sent", "open", "opened", "uniqueOpened", "click", "click")
    found = row(records, rows_of)
    assert (found["opened"], found["open_events"], found["clicked"], found["click_events"]) == (1, 3, 1, 2)
    assert (found["open_rate"], found["click_rate"]) == (1.0, 1.0)


def test_without_a_message_id_every_interaction_is_a_message_and_no_rate_is_above_one(records, rows_of):
    mail(records, None, "sent", "opened", "opened", "opened")
    found = row(records, rows_of)
    assert (found["sent"], found["opened"], found["open_rate"]) == (1, 3, 1.0)


def test_one_message_id_of_two_providers_is_two_messages(records, rows_of):
    mail(records, "M1", "sent")
    mail(records, "M1", "sent", provider="Mailgun")
    assert row(records, rows_of)["sent"] == 2


def test_rates_are_of_what_was_delivered(records, rows_of):
    mail(records, "M1", "sent", "delivered", "opened", "clicked")
    mail(records, "M2", "sent", "delivered", "unsubscribed")
    mail(records, "M3", "sent", "hardBounce")
    mail(records, "M4", "sent", "delivered", "opened")
    mail(records, "M5", "sent", "delivered")
    assert {name: row(records, rows_of)[name] for name in RATES} == {
        "delivery_rate": 0.8,
        "open_rate": 0.5,
        "click_rate": 0.25,
        "bounce_rate": 0.2,
        "unsubscribe_rate": 0.25,
    }


def test_where_no_delivery_was_reported_rates_are_of_what_was_sent(records, rows_of):
    mail(records, "M1", "sent", "opened")
    mail(records, "M2", "sent")
    found = row(records, rows_of)
    assert (found["delivery_rate"], found["open_rate"], found["bounce_rate"]) == (None, 0.5, 0.0)


def test_rates_of_nothing_are_null(records, rows_of):
    mail(records, "M1", "opened", "no such event")
    assert {row(records, rows_of)[name] for name in RATES} == {None}


@pytest.mark.parametrize("seed", range(15))
def test_counts_equal_those_made_one_by_one(records, rows_of, seed: int):
    dice = random.Random(seed)
    expected = defaultdict(lambda: {outcome: set() for outcome in OUTCOMES})
    for number in range(dice.randint(0, 60)):
        person, entity = dice.choice(["P1", "P2"]), dice.choice([EMAIL_INTERACTION, SMS_INTERACTION])
        message, outcome = dice.choice([None, "M1", "M2", "M3"]), dice.choice(OUTCOMES)
        records.add(entity, person, event=outcome, message_id=message, service_provider="Brevo")
        channel = entity.name.removesuffix("_interaction")
        expected[person, channel][outcome].add(message or number)
    rows = rows_of(built(records), PROFILE_ENGAGEMENT)
    assert {(r["person_id"], r["channel"]): {o: r[o] for o in OUTCOMES} for r in rows} == {
        key: {outcome: len(messages) for outcome, messages in found.items()} for key, found in expected.items()
    }
    for r in rows:
        arrived = r["delivered"] or r["sent"]
        assert r["open_rate"] == (min(1.0, r["opened"] / arrived) if arrived else None)
    assert rows_of(built(records.reversed()), PROFILE_ENGAGEMENT) == rows
