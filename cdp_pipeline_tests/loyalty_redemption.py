"""loyalty-redemption: a made-up entity, points that a member gives for a reward; for the tests of a sixteenth one."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Finding, Identifier, PersonColumns, Reference, Thresholds
from cdp_pipeline.entities.model import PangoModel, column


class LoyaltyRedemption(PangoModel):
    """One row per redemption of a source system.

    Sent by loyalty systems when a member gives points for a reward.
    """

    redemption_id: str = column("redemptionId", kinds.IDENTIFIER, "The redemption's id in its system.", required=True)
    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The member; this or the phone must be present.")
    customer_phone: str = column("customerPhone", kinds.PHONE, "The member's phone as sent.", unusable="reject")
    customer_name: str = column("customerName", kinds.PERSON_NAME, "The member's whole name.")
    channel: str = column(
        "channel", kinds.CHOICE, "Where the reward was asked for.", allowed=("Online", "Offline"), unknown="reject"
    )
    reward_name: str = column("rewardName", kinds.TEXT, "What the points were given for.")
    redeemed_point: int = column("redeemedPoint", kinds.WHOLE_NUMBER, "Points given.")
    redeemed_at: int = column("redeemedAt", kinds.EVENT_TIMESTAMP, "When the points were given.", required=True)

    @pa.dataframe_check(name="CUSTOMER_REF", n_failure_cases=1)
    def names_a_customer(cls, data: PolarsData) -> pl.LazyFrame:
        """One of customerId and customerPhone is needed."""
        return data.lazyframe.select(rules.any_present("customer_id", "customer_phone"))


LOYALTY_REDEMPTION = Entity(
    object_type="loyalty-redemption",
    model=LoyaltyRedemption,
    natural_key=("redemption_id",),
    source_id="redemption_id",
    business_time=("redeemed_at",),
    role="contact",
    person=PersonColumns(full_name="customer_name", phone="customer_phone"),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
    ),
    # Rewards are asked for when points expire, not daily.
    thresholds=Thresholds(spared_rows=3, comes_daily=False, fresh_days=30),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    findings=(Finding("negative:redeemedPoint", "Points were given back.", pl.col("redeemed_point") < 0),),
    occurred_at="redeemed_at",
    supports_ignored_update_cfs=True,
)
