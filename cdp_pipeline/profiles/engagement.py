"""profile_engagement: what became of the messages that each person was sent.

    profile_activities -> profile_engagement

Which event means which outcome stands in `events.py`. Counts are of all time, as what was sent once stays sent.
"""

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.profiles.columns import OF_PROFILE, PERSON_ID, TEXT, WHOLE
from cdp_pipeline.profiles.events import OUTCOMES

CHANNELS = ("email", "sms")
"""The channels of messages."""

RATES = {
    "delivery_rate": "Messages delivered, of those sent; null where no delivery was reported.",
    "open_rate": "Messages opened, of those delivered, or sent where no delivery was reported.",
    "click_rate": "Messages clicked, of those delivered, or sent where no delivery was reported.",
    "bounce_rate": "Messages bounced, of those sent.",
    "unsubscribe_rate": "Messages answered by leaving, of those delivered, or sent where no delivery was reported.",
}
"""The rates and what each is."""

PROFILE_ENGAGEMENT = Table(
    name="profile_engagement",
    description="One row per person and channel of messages: how many messages came to which outcome, and the rates.",
    columns=(
        PERSON_ID,
        TableColumn("channel", TEXT, "email or sms.", nullable=False),
        *(TableColumn(o, WHOLE, f"Messages reported as {o}, each once.", nullable=False) for o in OUTCOMES),
        TableColumn("open_events", WHOLE, "Openings reported, every one.", nullable=False),
        TableColumn("click_events", WHOLE, "Clicks reported, every one.", nullable=False),
        *(TableColumn(name, pl.Float64(), f"{what} From 0 to 1.") for name, what in RATES.items()),
    ),
    key=("person_id", "channel"),
    foreign_keys=OF_PROFILE,
)


def build_profile_engagement(activities: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and channel with an e-mail or SMS interaction.

    A message is what has one `message_id` of one provider, so that one opened three times is one message opened; an
    interaction without a `message_id` is a message of its own, as the sources do not say what their `id` is unique in
    (question Q-8). Outcomes are counted as they were reported: a click does not make a message opened, nor delivered.

    `delivery_rate` is delivered of sent. `open_rate`, `click_rate` and `unsubscribe_rate` are of what arrived: the
    delivered messages, or the sent ones where no delivery was reported, as many providers report none. `bounce_rate` is
    of sent. A rate is null where what it is of is 0, and `delivery_rate` also without a reported delivery. No rate is
    above 1: what was opened or delivered without being reported as sent adds nothing to it.
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
