"""identity: one step that resolves all records to persons; its tables are its assets."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from cdp_pipeline.defs.metadata import row_count, table_spec
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import (
    HOUSEHOLD_RELATIONS,
    IDENTIFIERS,
    LINKS,
    OVERRIDE_PROBLEMS,
    PERSON_ID_HISTORY,
    PERSON_IDS,
    RECORD_PERSONS,
    SKIPPED_IDENTIFIERS,
    SUGGESTED_LINKS,
    UNLINKED_RECORDS,
)
from cdp_pipeline.steps.persons import PersonsReport, read_choices, update_persons
from cdp_pipeline.steps.quality import keep_people

ONE_PERSON = "every_record_has_one_person"
REFERENCES = "references_resolve"
STEADY = "persons_are_steady"
SHARED = "few_identifiers_are_nobodys"
OVERRIDES = "every_override_holds"

DISTURBED_SHARE = 0.02
"""Of the people before a run so many may be merged, split or gone: an ordinary day moves fewer, a broken file more."""

DISTURBED_PEOPLE = 5
"""Fewer than this are never worth a warning, whatever their share."""

BLOCKED_SHARE = 0.05
"""Of all identifiers so many may be placeholders; more, and a form somewhere has a field that people refuse to fill."""

_TABLES = (
    IDENTIFIERS,
    LINKS,
    SKIPPED_IDENTIFIERS,
    HOUSEHOLD_RELATIONS,
    SUGGESTED_LINKS,
    OVERRIDE_PROBLEMS,
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
        dg.AssetCheckSpec(
            STEADY, asset=_PERSONS, description="Hardly anybody known before was merged, split or lost their profile."
        ),
        dg.AssetCheckSpec(
            SHARED,
            asset=_PERSONS,
            description="Hardly any identifier is a placeholder; the blocked ones are counted here.",
        ),
        dg.AssetCheckSpec(
            OVERRIDES, asset=_PERSONS, description="Each line of the overrides file is applied as it says."
        ),
    ],
)
def resolve_persons(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Resolve who is who among all current records."""
    report = update_persons(workplace.lake, ENTITIES, read_choices(workplace.settings), datetime.now(UTC))
    keep_people(workplace.lake, report)
    for table in _TABLES:
        key = dg.AssetKey(["identity", table.name])
        is_persons = key == _PERSONS
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={**row_count(report.rows[table.name]), **(_numbers(report) if is_persons else {})},
            check_results=_checks(report) if is_persons else [],
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
        "links_suggested": report.suggested,
        "records_unlinked": report.rows[UNLINKED_RECORDS.name],
        "largest_cluster": report.largest_cluster,
    }


def _checks(report: PersonsReport) -> list[dg.AssetCheckResult]:
    changes = report.changes
    disturbed = changes.merged + changes.split + changes.gone
    blocked = sum(report.blocked.values())
    return [
        dg.AssetCheckResult(
            check_name=ONE_PERSON,
            asset_key=_PERSONS,
            passed=report.placed == report.records,
            metadata={"records": report.records, "records_placed_once": report.placed},
        ),
        _warning(
            REFERENCES,
            passed=report.unresolved_references == 0,
            says=f"{report.unresolved_references:,} records name a customer who is not known for certain; the customer "
            "may still arrive, or the id belongs to a system that sends no customers.",
            numbers={"unresolved_references": report.unresolved_references},
        ),
        _warning(
            STEADY,
            passed=disturbed < DISTURBED_PEOPLE or changes.disturbed_share <= DISTURBED_SHARE,
            says=f"Of {changes.before:,} people {changes.merged:,} were merged, {changes.split:,} split and "
            f"{changes.gone:,} lost their profile (warning above {DISTURBED_SHARE:.0%}). Look at person_id_history and "
            "`cdp explain`; `cdp run --preview-identity` shows such numbers before anything is published.",
            numbers={
                "people_new": changes.new,
                "people_changed": changes.changed,
                "people_unchanged": changes.unchanged,
            },
        ),
        _warning(
            SHARED,
            passed=blocked <= BLOCKED_SHARE * report.rows[IDENTIFIERS.name],
            says=f"{blocked:,} of {report.rows[IDENTIFIERS.name]:,} identifiers are one of {report.blocked_values:,} "
            f"values that are nobody's (warning above {BLOCKED_SHARE:.0%}); table skipped_identifiers lists them.",
            numbers={
                **{f"blocked_{kind}": count for kind, count in report.blocked.items()},
                **{f"shared_{kind}": count for kind, count in report.shared.items()},
            },
        ),
        _warning(
            OVERRIDES,
            passed=not report.override_problems,
            says="; ".join(f"line {line}: {problem}" for line, problem in report.override_problems[:10])
            or "No line is wrong.",
            numbers={"override_problems": len(report.override_problems)},
        ),
    ]


def _warning(name: str, *, passed: bool, says: str, numbers: dict[str, int]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=_PERSONS,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=says,
        metadata=numbers,
    )


identity_assets = [resolve_persons]
