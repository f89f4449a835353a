"""email-interaction: what became of an e-mail that was sent to somebody."""

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Finding, Identifier
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.model import PangoModel, column


class EmailInteraction(PangoModel):
    """One row per event of an e-mail and its recipient.

    Sent by mailing platforms: opened, clicked, bounced. The address is all that says who it was, so a malformed one
    is refused; an unknown one makes nobody known.
    """

    id: str = column(
        "id",
        kinds.IDENTIFIER,
        "The provider's id of the event or of its message; not unique by itself.",
        required=True,
    )
    email: str = column("email", kinds.EMAIL, "The recipient's address as sent.", required=True, unusable="reject")
    service_provider: str = column("serviceProvider", kinds.TEXT, "Who sent the message, such as Brevo.", required=True)
    event_at: int = column("eventAt", kinds.EVENT_MOMENT, "When it happened.", required=True)
    event: str = column("event", kinds.TEXT, "What happened, such as opened or clicked.", required=True)
    action_at: int = column(
        "actionAt", kinds.EVENT_MOMENT, "When the action was recorded; not used for ordering.", required=True
    )
    track_id: str = column("trackId", kinds.IDENTIFIER, "Key of the mailing in the sender's own system.")
    ga_tid: str = column("gaTid", kinds.IDENTIFIER, "Google Analytics property that tracked the visit.")
    ga_cid: str = column("gaCid", kinds.PERSON_IDENTIFIER, "Google Analytics client: one browser of the recipient.")
    o2o_cid: str = column("o2oCid", kinds.PERSON_IDENTIFIER, "Online-to-offline client of the recipient.")
    link: str = column("link", kinds.LINK, "Link that was clicked.")
    link_2: str = column("link2", kinds.LINK, "Second link that was clicked.")
    message_id: str = column("messageId", kinds.IDENTIFIER, "The provider's id of the message.")
    template_id: str = column("templateId", kinds.IDENTIFIER, "Template of the message.")
    template_name: str = column("templateName", kinds.TEXT, "The template's name.")
    campaign_id: str = column("campaignId", kinds.IDENTIFIER, "Campaign of the message.")
    campaign_name: str = column("campaignName", kinds.TEXT, "The campaign's name.")
    webhook_id: str = column("webhookId", kinds.IDENTIFIER, "Call by which the provider reported the event.")
    subject: str = column("subject", kinds.PERSONAL_TEXT, "Subject of the e-mail.")
    reason: str = column(
        "reason", kinds.PERSONAL_TEXT, "Why, in the provider's words; a bounce often repeats the recipient."
    )
    tags: TextList = column("tags", kinds.TEXT_LIST, "Labels of the message.")


EMAIL_INTERACTION = Entity(
    object_type="email-interaction",
    model=EmailInteraction,
    # The sources do not say what id is unique in: alone it could make an open and a click one event.
    natural_key=("service_provider", "id", "email_normalized", "event", "event_at"),
    source_id="id",
    business_time=("event_at",),
    role="recipient",
    identifiers=(
        Identifier("email", "email_normalized", "medium"),
        Identifier("google_client_id", "ga_cid", "weak"),
        Identifier("o2o_client_id", "o2o_cid", "weak"),
    ),
    occurred_at="event_at",
    findings=(
        Finding(
            "contradiction:actionAt",
            "The action is more than a day older than the event.",
            pl.col("action_at") < pl.col("event_at") - 24 * 60 * 60 * 1000,
        ),
    ),
)
