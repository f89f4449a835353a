"""profiles: one step per table of persons."""

import dagster as dg

from cdp_pipeline.defs.lineage import profile_lineage
from cdp_pipeline.defs.metadata import masked_examples, row_count, table_spec
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.consents import CONSENT_COLUMNS, PROFILE_CONSENTS
from cdp_pipeline.profiles.findings import CONTRADICTIONS
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.profiles.tables import PROFILE_TABLES
from cdp_pipeline.profiles.values import PROFILE_VALUES
from cdp_pipeline.steps.tables import HOUSEHOLDS_READ, SUMMED_UP, VALUES_OF, build_table, find_odd, read_attributes

_PERSONS = [["identity", "record_persons"], ["identity", "skipped_identifiers"]]
_CURRENT = [["current", entity.name] for entity in ENTITIES]
_ACTIVITIES = [["profiles", "profile_activities"]]
_SPECIAL = {
    PROFILES.name: [*_CURRENT, *(["profiles", name] for name in (*SUMMED_UP, "profile_relationships"))],
    "profile_activity_counts": [*_ACTIVITIES, *_CURRENT],
    "profile_engagement": _ACTIVITIES,
    "profile_products": _ACTIVITIES,
    "profile_recency": [*_ACTIVITIES, *_CURRENT],
    PROFILE_VALUES.name: [*_CURRENT, *(["profiles", name] for name in VALUES_OF)],
    **{table: [["profiles", name] for name in read] for table, read in HOUSEHOLDS_READ.items()},
    "profile_custom_fields": [["current", "custom_fields"]],
    "profile_lead_status_history": [*_CURRENT, ["staging", "moego_lead"]],
    PROFILE_CONSENTS.name: [*_CURRENT, *(["staging", name] for name in CONSENT_COLUMNS)],
    "profile_leads": [
        *_CURRENT,
        ["staging", "lead_information"],
        ["staging", "moego_lead"],
        ["rejected", "moego_lead"],
        ["profiles", "profile_lead_status_history"],
    ],
}


CONSISTENT = "people_are_consistent"

CONTRADICTING_SHARE = 0.02
"""Of all people so many may have records that differ in name, birth or gender: slips of the pen are rarer."""


def build_profile_asset(table: Table) -> dg.AssetsDefinition:
    """The step that builds one table of persons; that of the profiles also counts what is odd about people."""
    key = dg.AssetKey(["profiles", table.name])
    is_golden = table is PROFILES

    @dg.multi_asset(
        name=f"build_{table.name}",
        specs=[
            table_spec(
                "profiles",
                table,
                [*_PERSONS, *_SPECIAL.get(table.name, _CURRENT)],
                lineage=profile_lineage(table),
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CONSISTENT,
                asset=key,
                description=(
                    f"Records of at most {CONTRADICTING_SHARE:.0%} of the people contradict each other in name, birth "
                    "date or gender."
                ),
            )
        ]
        if is_golden
        else [],
    )
    def build(workplace: Workplace) -> dg.MaterializeResult:
        settings = workplace.settings
        rows = build_table(workplace.lake, table.name, settings.currency, read_attributes(settings))
        examples = masked_examples(workplace.lake.scan("profiles", table.name), table)
        return dg.MaterializeResult(
            asset_key=key,
            metadata={**row_count(rows), "example_rows": examples},
            check_results=[_consistency(key, rows, find_odd(workplace.lake))] if is_golden else [],
        )

    return build


def _consistency(key: dg.AssetKey, people: int, odd: dict[str, dict[str, int]]) -> dg.AssetCheckResult:
    """Warns by the most frequent contradiction; every other odd thing is counted beside it."""
    counts = {f"{kind} {rule}": rows for kind, found in odd.items() for rule, rows in found.items()}
    worst = max((rows for name, rows in counts.items() if name.split(" ")[1] in CONTRADICTIONS), default=0)
    return dg.AssetCheckResult(
        check_name=CONSISTENT,
        asset_key=key,
        passed=worst <= CONTRADICTING_SHARE * people,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"Of {people:,} people {worst:,} have records that contradict each other in one thing. Table "
            "quality_findings counts all of it; `cdp explain` shows whether a person is two."
        ),
        metadata={name.replace(" ", "/"): rows for name, rows in counts.items()},
    )


profile_assets = [build_profile_asset(table) for table in PROFILE_TABLES]
