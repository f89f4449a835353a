"""email-interaction: an event of an e-mail, such as its delivery, opening or click."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Identifier, Thresholds
from cdp_pipeline.entities.model import column
from cdp_pipeline.entities.shared_columns import ACTION_LONG_BEFORE, MessageEvent


class EmailInteraction(MessageEvent):
    """One row per event of an e-mail and its recipient.

    Sent by mailing platforms: opened, clicked, bounced. The address is the only identifier of the recipient, so a row
    with a malformed address is rejected. An unknown address creates no person.
    """

    email: str = column("email", kinds.EMAIL, "The recipient's address as sent.", required=True, unusable="reject")
    service_provider: str = column("serviceProvider", kinds.TEXT, "Who sent the message, such as Brevo.", required=True)
    event: str = column("event", kinds.TEXT, "What happened, such as opened or clicked.", required=True)
    action_at: int = column(
        "actionAt", kinds.EVENT_TIMESTAMP, "When the action was recorded; not used for ordering.", required=True
    )
    subject: str = column("subject", kinds.PERSONAL_TEXT, "Subject of the e-mail.")


EMAIL_INTERACTION = Entity(
    object_type="email-interaction",
    model=EmailInteraction,
    # The sources do not document the scope of id; as the only key it might merge an open and a click.
    natural_key=("service_provider", "id", "email_normalized", "event", "event_at"),
    source_id="id",
    business_time=("event_at",),
    role="recipient",
    # Providers repeat an event until it is acknowledged, so duplicates are normal.
    thresholds=Thresholds(duplicates=0.3),
    identifiers=(
        Identifier("email", "email_normalized", "medium"),
        Identifier("google_client_id", "ga_cid", "weak"),
        Identifier("o2o_client_id", "o2o_cid", "weak"),
    ),
    occurred_at="event_at",
    findings=(ACTION_LONG_BEFORE,),
)
