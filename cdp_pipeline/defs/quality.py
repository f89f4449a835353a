"""serving/data_quality: one page per run on which a person reads whether today's data can be trusted."""

from datetime import UTC, datetime

import dagster as dg

from cdp_pipeline.defs.checks import warnings_of
from cdp_pipeline.defs.metadata import OWNERS
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.pipeline.quality_page import gather_quality, write_quality_page
from cdp_pipeline.reporting.markdown import quality_parts


@dg.asset(
    key=["serving", "data_quality"],
    deps=[dg.AssetKey(["serving", table.name]) for table in PUBLISHED_TABLES],
    group_name="serving",
    kinds={"html"},
    owners=OWNERS,
    description=(
        "One page per run: the deliveries that are held, the checks that warn, the ledger, the worst reasons for "
        "rejection, what is odd, what changed among people, and what was published. The same page lies as a "
        "self-contained HTML file beside the database."
    ),
)
def data_quality(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """Write the page and show its parts on the asset."""
    finished_at = datetime.now(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    run_id = context.run.run_id
    day = gather_quality(workplace.lake, ENTITIES, run_id, finished_at, warnings_of(context.instance, run_id))
    write_quality_page(day, workplace.settings.quality_page)
    total = day.total
    return dg.MaterializeResult(
        metadata={
            "verdict": day.verdict,
            "deliveries_held": len(day.held),
            "checks_warning": len(day.warnings),
            "drop_dates": day.days,
            **{part: dg.MetadataValue.md(text) for part, text in quality_parts(day).items()},
            "file": dg.MetadataValue.path(workplace.settings.quality_page),
            "rows_read": total.read,
            "rows_accepted": total.accepted,
            "rows_rejected": total.rejected,
            "rows_duplicated": total.duplicates,
            "rejected_share": total.rejected_share,
        }
    )


quality_assets = [data_quality]
