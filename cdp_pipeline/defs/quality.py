"""serving/data_quality: the page on which a person reads whether the data can be trusted, also after a stopped run."""

from datetime import UTC, datetime

import dagster as dg

from cdp_pipeline.defs.metadata import OWNERS, share
from cdp_pipeline.defs.partitions import asked_dates
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import PUBLISHED_TABLES, keep_stopped, write_quality_page
from cdp_pipeline.quality.report import quality_parts


@dg.asset(
    key=["serving", "data_quality"],
    deps=[dg.AssetKey(["serving", table.name]) for table in PUBLISHED_TABLES],
    group_name="serving",
    kinds={"html"},
    owners=OWNERS,
    description=(
        "One page per run: whether the data can be trusted; what is open of whatever day (held deliveries, checks that "
        "do not hold, rejected rows, a stopped run); what changed since the day before; the ledger, the worst "
        "reasons, what is usual day by day, people, and what was published. It lies as a self-contained HTML file "
        "beside the database, and a step that fails writes it too."
    ),
)
def data_quality(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """Write the page and show its parts on the asset."""
    settings, asked = workplace.settings, asked_dates(context.run.tags)
    day = write_quality_page(workplace.lake, settings, ENTITIES, context.run.run_id, datetime.now(UTC), asked)
    total = day.total
    return dg.MaterializeResult(
        metadata={
            "can_be_trusted": day.answer,
            "verdict": day.verdict,
            "deliveries_held": len(day.held),
            "checks_open": len(day.open_checks),
            "rejected_rows_open": sum(rows.rows for rows in day.open_rows),
            "asked_for": asked or "no date: what follows the files",
            "drop_dates": day.days,
            **{part: dg.MetadataValue.md(text) for part, text in quality_parts(day).items()},
            "file": dg.MetadataValue.path(settings.quality_page.absolute()),
            "rows_read": total.read,
            "rows_accepted": total.accepted,
            "rows_rejected": total.rejected,
            "rows_duplicated": total.duplicates,
            "rows_suppressed": total.suppressed,
            "rejected_share": share(total.rejected_share),
        }
    )


@dg.failure_hook(required_resource_keys={"workplace"})
def page_of_stopped_run(context: dg.HookContext) -> None:
    """Write the page when a step fails, whatever launched it: the run stopped, and what is published instead."""
    workplace: Workplace = context.resources.workplace
    now = datetime.now(UTC)
    keep_stopped(workplace.lake, context.run_id, now, context.step_key)
    write_quality_page(workplace.lake, workplace.settings, ENTITIES, context.run_id, now)


quality_assets = [data_quality]
