"""lead-status-history: the changes of the status of a lead."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Reference, Thresholds
from cdp_pipeline.entities.model import PangoModel, column


class LeadStatusHistory(PangoModel):
    """One row per change of a lead's status.

    Sent by CRM systems. A row has no id and may have no timestamp. Every change names the status before it, so the
    first status of a lead has no row and is only in the lead itself.
    """

    lead_id: str = column("leadId", kinds.PERSON_IDENTIFIER, "The lead whose status changed.", required=True)
    old_status: str = column("oldStatus", kinds.TEXT, "Status before the change.", required=True)
    new_status: str = column("newStatus", kinds.TEXT, "Status after the change.", required=True)
    changed_at: int = column("changedAt", kinds.EVENT_TIMESTAMP, "When the status changed.")
    reason: str = column("reason", kinds.TEXT, "Why it changed, in the sender's words.")


LEAD_STATUS_HISTORY = Entity(
    object_type="lead-status-history",
    model=LeadStatusHistory,
    natural_key=("lead_id", "changed_at", "old_status", "new_status"),
    source_id="lead_id",
    business_time=("changed_at",),
    role="child",
    # Statuses change on some days only, and then for one or two leads.
    thresholds=Thresholds(spared_rows=3, comes_daily=False, fresh_days=14),
    references=(Reference("lead_id", ("lead-information",), "lead_id"),),
)
