"""campaigns: one row per campaign of e-mail and SMS interactions, with counts of events.

    current records of email-interaction and sms-interaction -> campaigns

The sources have no campaign entity (entities.md, section 3). Unlinked interactions count as well: a message to an
unknown recipient was still sent.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.activities.meanings import outcome
from cdp_pipeline.profiles.dimensions.dimensions import (
    MENTIONING_COMPANY,
    MENTIONING_SYSTEM,
    NAMESPACE,
    dimension_key,
    latest_values,
    mentions,
)

_IDS = ("service_provider", "campaign_id")
_CHANNELS = {"email": EMAIL_INTERACTION, "sms": SMS_INTERACTION}
_COUNTED = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed")


class Campaigns(TableModel, key=("campaign_key",), indexes=(("campaign_id",),)):
    """One row per campaign: internal company, system, service provider and campaign id.

    Counts are events as sent, of linked and unlinked interactions; a message opened twice counts twice.
    """

    campaign_key: str = column("Digest of company, system, provider and campaign id.", nullable=False)
    internal_company_id: str = MENTIONING_COMPANY
    system_name: str = MENTIONING_SYSTEM
    service_provider: str = column("Who sent the messages, such as Brevo.", nullable=False)
    campaign_id: str = column("The campaign's id at the provider.", nullable=False)
    campaign_name: str = column("The campaign's newest name.")
    channels: TextList = column("email, sms, or both, in this order.", nullable=False, json=True)
    template_ids: TextList = column("Templates of its messages, sorted.", nullable=False, json=True)
    first_event_at: Timestamp = column("When its first event happened.")
    last_event_at: Timestamp = column("When its last event happened.")
    event_count: int = column("Events, those of other outcomes included.", nullable=False)
    sent_count: int = column("Events that mean sent; see events.py for the words.", nullable=False)
    delivered_count: int = column("Events that mean delivered; see events.py for the words.", nullable=False)
    opened_count: int = column("Events that mean opened; see events.py for the words.", nullable=False)
    clicked_count: int = column("Events that mean clicked; see events.py for the words.", nullable=False)
    bounced_count: int = column("Events that mean bounced; see events.py for the words.", nullable=False)
    unsubscribed_count: int = column("Events that mean unsubscribed; see events.py for the words.", nullable=False)


CAMPAIGNS = table_of(Campaigns)


def campaign_key() -> pl.Expr:
    """The key in `campaigns` of a record with internal_company_id, system_name, service_provider and campaign_id."""
    return dimension_key("campaign", *_IDS)


def build_campaigns(current: Records) -> LazyFrame[Campaigns]:
    """One row per internal company, system, service provider and campaign id that a live interaction mentions."""
    campaign = [*NAMESPACE, *_IDS]
    mentioned = [
        mentions(
            current[entity.name],
            _IDS,
            pl.col("campaign_name", "template_id", "event", "event_at"),
            pl.lit(channel).alias("channel"),
        )
        for channel, entity in _CHANNELS.items()
    ]
    # Few rows per campaign, template and event text, so that outcomes are not computed for every record.
    events = (
        pl.concat(mentioned)
        .group_by(*campaign, "channel", "template_id", "event")
        .agg(pl.len().alias("events"), pl.col("event_at").min().alias("first"), pl.col("event_at").max().alias("last"))
        .with_columns(outcome(pl.col("event")).alias("outcome"))
    )
    counts = events.group_by(campaign).agg(
        pl.col("channel").unique().sort().alias("channels"),
        pl.col("template_id").drop_nulls().unique().sort().alias("template_ids"),
        pl.col("first").min().alias("first_event_at"),
        pl.col("last").max().alias("last_event_at"),
        pl.col("events").sum().alias("event_count"),
        *(pl.col("events").filter(pl.col("outcome") == name).sum().alias(f"{name}_count") for name in _COUNTED),
    )
    names = latest_values(mentioned, _IDS, ("campaign_name",)).select(*campaign, "campaign_name")
    return CAMPAIGNS.conform(
        counts.join(names, on=campaign, nulls_equal=True).with_columns(campaign_key().alias("campaign_key"))
    )
