"""staging and rejected: one step per entity that reads the days of its partitions; the two assets are its two exits."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.metadata import (
    counts_table,
    entity_description,
    masked_examples,
    reasons,
    row_count,
    share,
    table_spec,
)
from cdp_pipeline.defs.partitions import DROP_DATES
from cdp_pipeline.defs.resources import Workplace, reasons_first
from cdp_pipeline.deliveries import accept_deliveries, process_days, spanned
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import evaluate_days
from cdp_pipeline.quality import checks_of
from cdp_pipeline.staging import staging_table
from cdp_pipeline.validation import REJECTED


class ReadConfig(dg.Config):
    """What a run reads: by default only files that are new or changed since they were last read."""

    reprocess: bool = Field(False, description="Read dates again that are finished.")
    accept_rejected: bool = Field(
        False, description="Use the held deliveries of these dates as they are, with all that is rejected."
    )
    only: list[str] = Field([], description="Drop dates within the run's range to read; all of them when empty.")
    from_nothing: bool = Field(
        False, description="Keep no rows of earlier deliveries where one is held, as `cdp run --all` does."
    )


def build_staging(entity: Entity) -> dg.AssetsDefinition:
    """The step that reads an entity's files: accepted rows to staging, the others, with their rules, to rejected."""
    staged, rejected = dg.AssetKey(["staging", entity.name]), dg.AssetKey(["rejected", entity.name])
    table = staging_table(entity)
    grain = f"One row per accepted entry of `{entity.object_type}`, by drop date."
    what = (
        "Rows are typed and cleaned; the value as sent stands beside the normalised one. Rows of a held delivery are "
        "not among them."
    )
    specs = [
        table_spec(
            "staging",
            table,
            [["raw", entity.name]],
            name=entity.name,
            description=entity_description(entity, grain, what),
        ),
        table_spec(
            "rejected",
            REJECTED,
            [["raw", entity.name]],
            name=entity.name,
            description=(
                f"One row per rejected entry of `{entity.object_type}` by drop date, with every rule it broke and the "
                "entry as sent."
            ),
        ),
    ]

    @dg.multi_asset(
        name=f"read_{entity.name}",
        specs=specs,
        partitions_def=DROP_DATES,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[
            *check_specs(checks_of("staging", entity), *staged.path),
            *check_specs(checks_of("rejected", entity), *rejected.path),
        ],
    )
    def read(
        context: dg.AssetExecutionContext, config: ReadConfig, workplace: Workplace
    ) -> Iterator[dg.MaterializeResult]:
        with reasons_first():
            days = config.only or context.partition_keys
            done = process_days(
                workplace.lake,
                entity,
                workplace.settings,
                context.run.run_id,
                days=days,
                reprocess=config.reprocess,
                from_nothing=config.from_nothing,
                log=context.log.info,
                warn=context.log.warning,
            )
            context.log_event(
                dg.AssetObservation(["raw", entity.name], metadata={**row_count(done.read), "files": done.files})
            )
            if config.accept_rejected:
                for day in accept_deliveries(workplace.lake, entity, days):
                    context.log.warning(f"{entity.object_type} {day} is accepted as it is, with all that is rejected.")
            verdicts = evaluate_days(workplace.lake, entity, days)
            asked = spanned(sorted(days))
            yield dg.MaterializeResult(
                asset_key=staged,
                metadata={
                    **row_count(done.accepted),
                    "drop_dates": asked,
                    "rows_read": done.read,
                    "rows_accepted": done.accepted,
                    "rows_rejected": done.rejected,
                    "rows_duplicated": done.duplicates,
                    "rows_suppressed": done.suppressed,
                    "files": done.files,
                    "days_read": done.days_read,
                    "days_without_files": len(done.without_files),
                    "deliveries_held": len(workplace.lake.held.report_days(entity.name)),
                    "findings": counts_table(done.findings, "finding"),
                    "example_rows": masked_examples(done.staged, table),
                },
                check_results=check_results(verdicts, staged, asked=asked),
            )
            yield dg.MaterializeResult(
                asset_key=rejected,
                metadata={
                    **row_count(done.rejected),
                    "drop_dates": asked,
                    "rejected_share": share(done.rejected / done.read if done.read else 0.0),
                    **reasons(entity.object_type, done.rules),
                },
                check_results=check_results(verdicts, rejected, asked=asked),
            )

    return read


staging_assets = [build_staging(entity) for entity in ENTITIES]
