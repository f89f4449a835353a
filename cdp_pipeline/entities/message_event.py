"""Common columns of e-mail and SMS interactions: an event of a message, reported by its provider."""

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Finding
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.model import PangoModel, column

ACTION_LONG_BEFORE = Finding(
    "contradiction:actionAt",
    "The action is more than a day older than the event.",
    pl.col("action_at") < pl.col("event_at") - 24 * 60 * 60 * 1000,
)


class MessageEvent(PangoModel):
    """Base of the entities in which a provider reports an event of a message."""

    id: str = column(
        "id",
        kinds.IDENTIFIER,
        "The provider's id of the event or of its message; not unique by itself.",
        required=True,
    )
    event_at: int = column("eventAt", kinds.EVENT_TIMESTAMP, "When it happened.", required=True)
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
    reason: str = column(
        "reason", kinds.PERSONAL_TEXT, "Why, in the provider's words; a bounce often repeats the recipient."
    )
    tags: TextList = column("tags", kinds.TEXT_LIST, "Labels of the message.")
