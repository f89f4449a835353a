"""profile_engagement: the outcomes of the messages that each person was sent.

    profile_activities -> profile_engagement

`meanings.py` maps events to outcomes. Counts are of all time.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.activities.activities import ProfileActivities
from cdp_pipeline.profiles.activities.meanings import OUTCOMES
from cdp_pipeline.profiles.shared_columns import OF_PROFILE, PERSON_ID, WHOLE

CHANNELS = ("email", "sms")
"""The channels of messages."""

RATES = ("delivery_rate", "open_rate", "click_rate", "bounce_rate", "unsubscribe_rate")
"""The columns of rates."""


class ProfileEngagement(TableModel, key=("person_id", "channel"), foreign_keys=OF_PROFILE):
    """One row per person and channel of messages: messages by outcome, and the rates."""

    person_id: str = PERSON_ID
    channel: str = column("email or sms.", nullable=False)
    sent: int = column("Messages reported as sent, each once.", nullable=False)
    delivered: int = column("Messages reported as delivered, each once.", nullable=False)
    opened: int = column("Messages reported as opened, each once.", nullable=False)
    clicked: int = column("Messages reported as clicked, each once.", nullable=False)
    bounced: int = column("Messages reported as bounced, each once.", nullable=False)
    unsubscribed: int = column("Messages reported as unsubscribed, each once.", nullable=False)
    complained: int = column("Messages reported as complained, each once.", nullable=False)
    deferred: int = column("Messages reported as deferred, each once.", nullable=False)
    failed: int = column("Messages reported as failed, each once.", nullable=False)
    open_events: int = column("Openings reported, every one.", nullable=False)
    click_events: int = column("Clicks reported, every one.", nullable=False)
    delivery_rate: float = column(
        "Messages delivered, of those sent; null where no delivery was reported. From 0 to 1."
    )
    open_rate: float = column(
        "Messages opened, of those delivered, or sent where no delivery was reported. From 0 to 1."
    )
    click_rate: float = column(
        "Messages clicked, of those delivered, or sent where no delivery was reported. From 0 to 1."
    )
    bounce_rate: float = column("Messages bounced, of those sent. From 0 to 1.")
    unsubscribe_rate: float = column(
        "Messages that led to an unsubscription, of those delivered, or sent where no delivery was reported. "
        "From 0 to 1."
    )


PROFILE_ENGAGEMENT = table_of(ProfileEngagement)


def build_profile_engagement(activities: LazyFrame[ProfileActivities]) -> LazyFrame[ProfileEngagement]:
    """One row per person and channel with an e-mail or SMS interaction.

    A message is identified by its `message_id` and provider: one opened three times counts as one opened message. An
    interaction without a `message_id` is a message of its own, because the sources do not state where their `id` is
    unique (question Q-8). Outcomes are counted as reported: a click implies neither an opening nor a delivery.

    `delivery_rate` is relative to sent messages. `open_rate`, `click_rate` and `unsubscribe_rate` are relative to
    delivered messages, or to sent ones if no delivery was reported, as many providers report none. `bounce_rate` is
    relative to sent messages. A rate is null if its denominator is 0; `delivery_rate` is also null without a reported
    delivery. Rates are capped at 1, as messages may be reported as opened or delivered but not as sent.
    """
    interactions = activities.filter(pl.col("channel").is_in(CHANNELS) & pl.col("object_type").is_in(_MESSAGES))
    came_to = {o: (pl.col("outcome") == o).fill_null(value=False) for o in OUTCOMES}
    events = {"open_events": came_to["opened"], "click_events": came_to["clicked"]}
    with_id = pl.col("message_id").is_not_null()
    by_message = (
        interactions.filter(with_id)
        .group_by("person_id", "channel", "service_provider", "message_id")
        .agg(
            *(reported.any().cast(WHOLE).alias(o) for o, reported in came_to.items()),
            *(reported.sum().cast(WHOLE).alias(name) for name, reported in events.items()),
        )
    )
    by_record = interactions.filter(~with_id).select(
        "person_id", "channel", *(e.cast(WHOLE).alias(name) for name, e in (came_to | events).items())
    )
    counts = (*OUTCOMES, *events)
    return PROFILE_ENGAGEMENT.conform(
        pl.concat([by_message.select("person_id", "channel", *counts), by_record])
        .group_by("person_id", "channel")
        .agg(pl.col(counts).sum())
        .with_columns(**_rates())
    )


_MESSAGES = tuple(entity.object_type for entity in ENTITIES if entity.is_message)


def _rates() -> dict[str, pl.Expr]:
    sent, delivered = pl.col("sent"), pl.col("delivered")
    arrived = pl.when(delivered > 0).then(delivered).otherwise(sent)
    return {
        "delivery_rate": pl.when(delivered > 0).then(_share("delivered", sent)),
        "open_rate": _share("opened", arrived),
        "click_rate": _share("clicked", arrived),
        "bounce_rate": _share("bounced", sent),
        "unsubscribe_rate": _share("unsubscribed", arrived),
    }


def _share(part: str, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.min_horizontal(pl.col(part) / whole, 1.0))
