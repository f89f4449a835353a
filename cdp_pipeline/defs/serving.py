"""serving: one step that publishes all tables in one transaction; each table is an asset."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import sqlalchemy as sa

from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.metadata import row_count, table_spec
from cdp_pipeline.defs.resources import Workplace, reasons_first
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table
from cdp_pipeline.identity import PERSON_ID_HISTORY
from cdp_pipeline.pipeline import (
    PUBLISHED_TABLES,
    chosen_of,
    evaluate_database,
    finish_publication,
    place_of,
    publish_database,
)
from cdp_pipeline.privacy import PROFILE_RESTRICTIONS, RequestFiles
from cdp_pipeline.profiles import BUILT_FROM_REPORTS, RETENTION_LEDGER
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.quality import checks_of
from cdp_pipeline.settings import read_settings
from cdp_pipeline.validation import REJECTED_RECORDS

DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=30), warn_window=timedelta(hours=26))
"""What is published every night is late two hours after the next one, and failed in the morning."""


def _sources(table: Table) -> list[list[str]]:
    if table is PROFILE_RESTRICTIONS:
        # Beside the requests of people, which are no table.
        return [list(place_of(of.name)) for of in (PROFILES, PERSON_ID_HISTORY)]
    if table is RETENTION_LEDGER:
        return [["privacy", "retention"]]
    if table not in BUILT_FROM_REPORTS:
        return [list(place_of(table.name))]
    layer = "rejected" if table is REJECTED_RECORDS else "staging"
    return [[layer, entity.name] for entity in ENTITIES]


@dg.multi_asset(
    name="publish",
    specs=[
        table_spec(
            "serving",
            table,
            _sources(table),
            kinds={sa.make_url(read_settings().database_url).get_backend_name()},
            freshness=DAILY,
        )
        for table in PUBLISHED_TABLES
    ],
    check_specs=check_specs(checks_of("serving")),
)
def publish(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Publish every table in one transaction; only changed rows are written, then Parquet copies of changed tables."""
    with reasons_first():
        settings = workplace.settings
        copies = settings.copies_dir
        published = publish_database(
            workplace.lake,
            ENTITIES,
            settings.database_url,
            chosen_of(settings),
            context.log.debug,
            copies,
            settings.publish_rejected,
            RequestFiles(settings.privacy_dir, settings.privacy_key_file),
        )
        where = sa.make_url(settings.database_url).render_as_string(hide_password=True)
        verdict = evaluate_database(workplace.lake, settings.database_url, published)
        finish_publication(workplace.lake, settings, context.log.info)
        for table in PUBLISHED_TABLES:
            key = dg.AssetKey(["serving", table.name])
            change = published.changes[table.name]
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    **row_count(published.rows[table.name]),
                    "rows_inserted": change.inserted,
                    "rows_updated": change.updated,
                    "rows_deleted": change.deleted,
                    "rows_unchanged": change.unchanged,
                    "database": where,
                    "parquet": dg.MetadataValue.path((copies / f"{table.name}.parquet").absolute()),
                },
                check_results=check_results([verdict], key),
            )


serving_assets = [publish]
