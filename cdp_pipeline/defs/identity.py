"""identity: one step that resolves all records to persons; its tables are its assets."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.metadata import row_count, table_spec
from cdp_pipeline.defs.resources import Workplace, reasons_first
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import IDENTITY_TABLES, RECORD_PERSONS, UNLINKED_RECORDS
from cdp_pipeline.pipeline import (
    MatchingReport,
    PersonsReport,
    evaluate_persons,
    keep_people,
    read_choices,
    update_persons,
)
from cdp_pipeline.quality import checks_of

_PERSONS = dg.AssetKey(["identity", RECORD_PERSONS.name])


@dg.multi_asset(
    name="resolve_persons",
    specs=[
        table_spec("identity", table, [["current", entity.name] for entity in ENTITIES]) for table in IDENTITY_TABLES
    ],
    check_specs=check_specs(checks_of("identity")),
)
def resolve_persons(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Resolve who is who among all current records."""
    with reasons_first():
        choices = read_choices(workplace.settings)
        report = update_persons(workplace.lake, ENTITIES, choices, datetime.now(UTC), workplace.backend)
        numbers = {**_numbers(report), **_expected(report.matching, choices.merge_probability)}
        keep_people(workplace.lake, report)
        verdicts = evaluate_persons(workplace.lake, report)
        for table in IDENTITY_TABLES:
            key = dg.AssetKey(["identity", table.name])
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    **row_count(report.rows[table.name]),
                    **(numbers if key == _PERSONS else {}),
                    "backend": workplace.backend.name,
                },
                check_results=check_results(verdicts, key),
            )


def _numbers(report: PersonsReport) -> dict[str, int]:
    changes = report.changes
    return {
        "people": report.people,
        "people_new": changes.new,
        "people_merged": changes.merged,
        "people_split": changes.split,
        "people_changed": changes.changed,
        "people_unchanged": changes.unchanged,
        "people_gone": changes.gone,
        "people_retired": report.retired,
        "identifiers_blocked": sum(report.blocked.values()),
        "identifiers_shared": sum(report.shared.values()),
        **{f"links_{status}": count for status, count in report.links.items()},
        "links_suggested": report.links.get("suggested", 0),
        "records_unlinked": report.rows[UNLINKED_RECORDS.name],
        "largest_cluster": report.largest_cluster,
    }


def _expected(matching: MatchingReport, merge_at: float) -> dict[str, float]:
    """What the model expects where records are joined; without what is not known, such as where nothing is compared."""
    found = {f"matching_{name}": round(value, 3) for name, value in matching.at(merge_at).items()}
    return found | ({"matching_records_trained_on": round(matching.model.records)} if matching.model else {})


identity_assets = [resolve_persons]
