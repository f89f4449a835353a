from datetime import UTC, datetime

import pytest

from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.contacts.consents import PROFILE_CONSENTS, build_profile_consents


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def granted(records, rows_of) -> dict[tuple[str, str], bool | None]:
    """What the only record of a test says, by purpose and channel."""
    built = build_profile_consents(records.current, records.record_persons)
    rows = rows_of(built, PROFILE_CONSENTS, "purpose", "channel", "granted")
    return {(row["purpose"], row["channel"]): row["granted"] for row in rows}


def test_there_is_one_row_per_record_purpose_and_channel(records, rows_of):
    records.add(LEAD_INFORMATION, single_opt_in="Yes")
    records.add(EMAIL_INTERACTION, event="unsubscribed", event_at=at(2))
    built = build_profile_consents(records.current, records.record_persons)
    rows = rows_of(built, PROFILE_CONSENTS, "record_key", "purpose", "channel", "granted", "basis")
    assert [tuple(row.values()) for row in rows] == [
        ("r1", "marketing", "email", True, "singleOptIn"),
        ("r1", "marketing", "sms", True, "singleOptIn"),
        ("r2", "marketing", "email", False, "event:unsubscribed"),
    ]


@pytest.mark.parametrize(
    ("single", "double", "said"),
    [
        ("Yes", None, True),
        ("No", "Yes", True),
        ("Yes", "No", True),
        ("No", "No", False),
        ("No", None, False),
        (None, "No", False),
    ],
)
def test_one_of_the_two_opt_ins_of_a_lead_is_enough(records, rows_of, single, double, said):
    records.add(LEAD_INFORMATION, single_opt_in=single, double_opt_in=double)
    assert granted(records, rows_of) == {("marketing", "email"): said, ("marketing", "sms"): said}


def test_a_lead_without_opt_ins_says_nothing(records, rows_of):
    records.add(LEAD_INFORMATION)
    assert granted(records, rows_of) == {}


@pytest.mark.parametrize(
    ("status", "email", "phone", "said"),
    [
        ("Subscribed", True, False, (True, False)),
        ("Subscribed", True, None, (True, None)),
        ("Unsubscribed", True, True, (False, False)),
        ("Unsubscribed", None, None, (False, False)),
    ],
)
def test_a_subscribers_flags_hold_unless_the_status_is_unsubscribed(records, rows_of, status, email, phone, said):
    records.add(
        CUSTOMER_PRODUCT_SUBSCRIBER, status=status, subscribe_email=email, subscribe_phone=phone, subscribe_at=at(1)
    )
    assert granted(records, rows_of) == {("marketing", "email"): said[0], ("marketing", "sms"): said[1]}


@pytest.mark.parametrize("shape", ['["COMPLIANCE_CHANNEL_SMS"]', '{"channels":["COMPLIANCE_CHANNEL_SMS"]}'])
def test_moegos_lists_of_channels_are_read_in_both_shapes(records, rows_of, shape):
    records.add(MOEGO_LEAD, compliance_config=f'{{"marketingCampaignsChannels":{shape}}}')
    said = granted(records, rows_of)
    assert [said["marketing", channel] for channel in ("sms", "email", "auto_call")] == [True, False, False]
    assert [said["service", channel] for channel in ("sms", "email", "auto_call")] == [None, None, None]


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ("[]", False),
        ("{}", False),
        ('{"channels":[]}', False),
        ("null", None),
        ('["COMPLIANCE_CHANNEL_FAX"]', False),
        ('"SMS"', None),
    ],
)
def test_an_empty_list_refuses_and_a_missing_one_leaves_it_open(records, rows_of, channels, said):
    records.add(MOEGO_LEAD, compliance_config=f'{{"serviceRelatedChannels":{channels}}}')
    assert granted(records, rows_of)["service", "email"] is said


def test_moegos_flags_stand_for_the_app_for_marketing_and_for_all_messages(records, rows_of):
    records.add(MOEGO_LEAD, compliance_config='{"brandedAppEnabled":true,"isAgreedMarketingPolicy":false}')
    said = granted(records, rows_of)
    assert (said["service", "app"], said["marketing", "all"], said["all", "all"]) == (True, False, None)


@pytest.mark.parametrize("event", ["unsubscribed", "Unsubscribe", "spam", "Opt-Out", "STOP"])
def test_an_event_by_which_a_recipient_refuses_is_a_refusal(records, rows_of, event):
    records.add(SMS_INTERACTION, event=event, event_at=at(1))
    assert granted(records, rows_of) == {("marketing", "sms"): False}


def test_other_events_say_nothing(records, rows_of):
    records.add(EMAIL_INTERACTION, event="opened", event_at=at(1))
    assert granted(records, rows_of) == {}


def test_a_consent_is_as_old_as_its_record_and_a_refusal_as_young(records):
    records.add(LEAD_INFORMATION, single_opt_in="Yes", created_at=at(1), first_seen_at=at(3), last_seen_at=at(9))
    records.add(LEAD_INFORMATION, single_opt_in="No", created_at=at(1), first_seen_at=at(3), last_seen_at=at(9))
    built = build_profile_consents(records.current, records.record_persons).filter(channel="email").collect()
    assert dict(built.select("record_key", "stated_at").iter_rows()) == {"r1": at(1), "r2": at(9)}
