"""identity: one step that resolves all records to persons; its tables are its assets."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from cdp_pipeline.defs.metadata import row_count, table_spec
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import (
    IDENTIFIERS,
    LINKS,
    PERSON_ID_HISTORY,
    PERSON_IDS,
    RECORD_PERSONS,
    SHARED_IDENTIFIERS,
    UNLINKED_RECORDS,
)
from cdp_pipeline.steps.persons import PersonsReport, update_persons

ONE_PERSON = "every_record_has_one_person"
REFERENCES = "references_resolve"

_TABLES = (
    IDENTIFIERS,
    LINKS,
    SHARED_IDENTIFIERS,
    RECORD_PERSONS,
    UNLINKED_RECORDS,
    PERSON_ID_HISTORY,
    PERSON_IDS,
)
_PERSONS = dg.AssetKey(["identity", RECORD_PERSONS.name])


@dg.multi_asset(
    name="resolve_persons",
    specs=[table_spec("identity", table, [["current", entity.name] for entity in ENTITIES]) for table in _TABLES],
    check_specs=[
        dg.AssetCheckSpec(
            ONE_PERSON,
            asset=_PERSONS,
            blocking=True,
            description="Each current record stands once in record_persons or, with its reason, in unlinked_records.",
        ),
        dg.AssetCheckSpec(REFERENCES, asset=_PERSONS, description="Each customer id names a customer that is known."),
    ],
)
def resolve_persons(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Resolve who is who among all current records."""
    report = update_persons(workplace.lake, ENTITIES, workplace.settings.identity_scope, datetime.now(UTC))
    for table in _TABLES:
        key = dg.AssetKey(["identity", table.name])
        is_persons = key == _PERSONS
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={**row_count(report.rows[table.name]), **(_numbers(report) if is_persons else {})},
            check_results=_checks(report) if is_persons else [],
        )


def _numbers(report: PersonsReport) -> dict[str, int]:
    return {
        "people": report.people,
        "people_merged": report.merged,
        "people_split": report.split,
        "people_retired": report.retired,
        "identifiers_blocked": report.blocked,
        "identifiers_shared": report.rows[SHARED_IDENTIFIERS.name],
        "records_unlinked": report.rows[UNLINKED_RECORDS.name],
        "largest_cluster": report.largest_cluster,
    }


def _checks(report: PersonsReport) -> list[dg.AssetCheckResult]:
    return [
        dg.AssetCheckResult(
            check_name=ONE_PERSON,
            asset_key=_PERSONS,
            passed=report.placed == report.records,
            metadata={"records": report.records, "records_placed_once": report.placed},
        ),
        dg.AssetCheckResult(
            check_name=REFERENCES,
            asset_key=_PERSONS,
            passed=report.unresolved_references == 0,
            severity=dg.AssetCheckSeverity.WARN,
            description=(
                f"{report.unresolved_references:,} records name a customer who is not known for certain; the customer "
                "may still arrive, or the id belongs to a system that sends no customers."
            ),
            metadata={"unresolved_references": report.unresolved_references},
        ),
    ]


identity_assets = [resolve_persons]
