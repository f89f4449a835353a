from datetime import UTC, datetime

from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.dimensions.campaigns import CAMPAIGNS, build_campaigns

TET = {"service_provider": "Brevo", "campaign_id": "TET-26"}


def at(hour: int) -> datetime:
    return datetime(2026, 1, 5, hour, tzinfo=UTC)


def campaigns(records, rows_of, *columns: str) -> list[tuple]:
    return [tuple(row.values()) for row in rows_of(build_campaigns(records.current), CAMPAIGNS, *columns)]


def test_there_is_one_row_per_campaign_of_a_provider_with_all_its_channels_and_templates(records, rows_of):
    records.add(EMAIL_INTERACTION, day=1, campaign_name="Tet", template_id="T2", event="sent", event_at=at(9), **TET)
    records.add(EMAIL_INTERACTION, day=2, campaign_name="Tết", template_id="T1", event="opened", event_at=at(8), **TET)
    records.add(SMS_INTERACTION, day=3, event="sent", event_at=at(10), **TET)
    records.add(SMS_INTERACTION, service_provider="SMSGWA", campaign_id="TET-26", event="sent", event_at=at(7))
    columns = ("service_provider", "campaign_name", "channels", "template_ids", "first_event_at", "last_event_at")
    assert sorted(campaigns(records, rows_of, *columns)) == [
        ("Brevo", "Tết", ["email", "sms"], ["T1", "T2"], at(8), at(10)),
        ("SMSGWA", None, ["sms"], [], at(7), at(7)),
    ]


def test_events_are_counted_by_what_the_providers_words_mean(records, rows_of):
    said = "request sent delivered opened Unique_Opened click hard_bounce unsubscribe ??"
    for event in said.split():
        records.add(EMAIL_INTERACTION, event=event, event_at=at(9), **TET)
    counts = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed")
    assert campaigns(records, rows_of, "event_count", *(f"{name}_count" for name in counts)) == [(9, 2, 1, 2, 1, 1, 1)]


def test_a_message_to_somebody_unknown_counts_and_a_deleted_one_or_one_without_campaign_does_not(records, rows_of):
    records.add(EMAIL_INTERACTION, None, event="sent", event_at=at(9), **TET)
    records.add(EMAIL_INTERACTION, event="sent", event_at=at(9), is_deleted=True, **TET)
    records.add(EMAIL_INTERACTION, event="sent", event_at=at(9), service_provider="Brevo")
    assert campaigns(records, rows_of, "campaign_id", "event_count") == [("TET-26", 1)]


def test_the_order_of_rows_does_not_matter(records, rows_of):
    records.add(EMAIL_INTERACTION, campaign_name="Tet", template_id="T2", event="sent", event_at=at(9), **TET)
    records.add(EMAIL_INTERACTION, campaign_name="Tết", template_id="T1", event="sent", event_at=at(9), **TET)
    assert campaigns(records.reversed(), rows_of) == campaigns(records, rows_of)
