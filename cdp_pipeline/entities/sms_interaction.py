"""sms-interaction: an event of a text message, such as its sending or a click."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Identifier, Thresholds
from cdp_pipeline.entities.model import column
from cdp_pipeline.entities.shared_columns import ACTION_LONG_BEFORE, MessageEvent


class SmsInteraction(MessageEvent):
    """One row per event of a text message and its recipient.

    Sent by SMS gateways: sent, clicked, failed. The number is the only identifier of the recipient, so a row with a
    malformed number is rejected. An unknown number creates no person.
    """

    phone_number: str = column(
        "phoneNumber", kinds.PHONE, "The recipient's number as sent.", required=True, unusable="reject"
    )
    service_provider: str = column(
        "serviceProvider", kinds.TEXT, "Who sent the message, such as SMSGWA.", required=True
    )
    event: str = column("event", kinds.TEXT, "What happened, such as sent or clicked.", required=True)
    text: str = column("text", kinds.PERSONAL_TEXT, "Body of the message.")
    action_at: int = column("actionAt", kinds.EVENT_TIMESTAMP, "When the action was recorded; not used for ordering.")


SMS_INTERACTION = Entity(
    object_type="sms-interaction",
    model=SmsInteraction,
    # The sources do not document the scope of id; as the only key it might merge an open and a click.
    natural_key=("service_provider", "id", "phone_number_e164", "event", "event_at"),
    source_id="id",
    business_time=("event_at",),
    role="recipient",
    # Providers repeat an event until it is acknowledged, so duplicates are normal.
    thresholds=Thresholds(duplicates=0.3),
    identifiers=(
        Identifier("phone", "phone_number_e164", "medium"),
        Identifier("google_client_id", "ga_cid", "weak"),
        Identifier("o2o_client_id", "o2o_cid", "weak"),
    ),
    occurred_at="event_at",
    findings=(ACTION_LONG_BEFORE,),
)
