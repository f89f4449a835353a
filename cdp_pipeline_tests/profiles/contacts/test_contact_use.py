from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.contacts.contact_use import USE_COUNTS
from cdp_pipeline.profiles.contacts.contacts import PROFILE_CONTACTS

DEE, PHONE = "dee@mail.vn", "+84912345678"


def built(records):
    return records.contacts


def at(hour: int) -> datetime:
    return datetime(2026, 1, 5, hour, tzinfo=UTC)


def mail(records, *events: str, person: str | None = "P1", email: str = DEE) -> None:
    """One interaction per event, an hour apart."""
    for hour, event in enumerate(events):
        records.add(EMAIL_INTERACTION, person, day=5, email_normalized=email, event=event, event_at=at(hour))


def used(records, rows_of, value: str = DEE) -> dict:
    rows = rows_of(built(records), PROFILE_CONTACTS)
    return next(row for row in rows if (row["person_id"], row["value"]) == ("P1", value))


def test_what_became_of_messages_is_counted_for_the_address_they_were_sent_to(records, rows_of):
    records.add(CUSTOMER_IDENTITY, email_normalized=DEE, phone_e164=PHONE)
    mail(records, "request", "delivered", "opened", "uniqueOpened", "click", "softBounce", "hard_bounce", "spam")
    mail(records, "unsubscribed", "listAddition")
    row = used(records, rows_of)
    assert {name: row[name] for name in USE_COUNTS} == {
        "delivered_count": 1,
        "opened_count": 2,
        "clicked_count": 1,
        "bounced_count": 2,
        "hard_bounced_count": 1,
        "unsubscribed_count": 1,
        "complained_count": 1,
    }
    assert (row["record_count"], row["last_used_at"], row["last_bounced_at"]) == (11, at(4), at(6))
    assert (row["first_seen_at"].day, row["last_seen_at"].day) == (1, 5)


@pytest.mark.parametrize(
    ("events", "verification"),
    [
        (["sent"], None),
        (["sent", "delivered"], "delivered"),
        (["delivered", "opened", "delivered"], "opened"),
        (["clicked", "opened", "delivered"], "clicked"),
        (["bounced"], "bounced"),
        (["clicked", "softBounce"], "bounced"),
        (["hardBounce", "delivered"], "delivered"),
        (["clicked", "bounced", "sent"], "bounced"),
        (["blocked"], None),
        (["deferred", "proxy_open", "unheard of"], None),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else str(given),
)
def test_an_address_is_verified_by_its_best_use_unless_it_bounced_since(records, rows_of, events, verification):
    mail(records, *events)
    assert used(records, rows_of)["verification"] == verification


def test_a_bounce_at_the_moment_of_a_delivery_does_not_undo_it(records, rows_of):
    for event in ("bounced", "delivered"):
        records.add(EMAIL_INTERACTION, email_normalized=DEE, event=event, event_at=at(3))
    assert used(records, rows_of)["verification"] == "delivered"


def test_an_sms_that_failed_is_a_bounce_of_the_number_and_an_answered_one_was_read(records, rows_of):
    records.add(SMS_INTERACTION, phone_number_e164=PHONE, event="failed", event_at=at(1))
    assert used(records, rows_of, PHONE)["verification"] == "bounced"
    records.add(SMS_INTERACTION, phone_number_e164=PHONE, event="replied", event_at=at(2))
    row = used(records, rows_of, PHONE)
    assert (row["verification"], row["bounced_count"], row["opened_count"]) == ("opened", 1, 1)


def test_a_contact_that_nobody_wrote_to_was_never_used(records, rows_of):
    records.add(CUSTOMER_IDENTITY, email_normalized=DEE)
    row = used(records, rows_of)
    assert {row[name] for name in USE_COUNTS} == {0}
    assert (row["last_used_at"], row["last_bounced_at"], row["verification"]) == (None, None, None)


def test_a_message_counts_only_for_its_person_and_its_address(records, rows_of):
    records.add(CUSTOMER_IDENTITY, "P1", email_normalized=DEE)
    records.add(CUSTOMER_IDENTITY, "P1", email_normalized="dee@work.vn")
    records.add(CUSTOMER_IDENTITY, "P2", email_normalized=DEE)
    mail(records, "clicked", person="P2")
    mail(records, "opened", person=None)
    rows = rows_of(built(records), PROFILE_CONTACTS, "person_id", "value", "clicked_count", "opened_count")
    assert [tuple(row.values()) for row in rows] == [
        ("P1", DEE, 0, 0),
        ("P1", "dee@work.vn", 0, 0),
        ("P2", DEE, 1, 0),
    ]


def test_an_address_spelled_otherwise_in_messages_is_a_contact_that_no_record_states(records, rows_of):
    records.add(CUSTOMER_IDENTITY, email_normalized="dee.n@gmail.com")
    mail(records, "opened", email="deen@gmail.com")
    rows = rows_of(built(records), PROFILE_CONTACTS, "value", "is_primary", "record_count", "opened_count")
    assert [tuple(row.values()) for row in rows] == [
        ("dee.n@gmail.com", True, 1, 0),
        ("deen@gmail.com", False, 1, 1),
    ]
