"""profiles: one step per table of persons."""

import dagster as dg

from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.lineage import profile_lineage
from cdp_pipeline.defs.metadata import masked_examples, row_count, table_spec
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.consents import CONSENT_COLUMNS, PROFILE_CONSENTS
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.profiles.tables import PROFILE_TABLES
from cdp_pipeline.profiles.values import PROFILE_VALUES
from cdp_pipeline.quality.checks import COMPLETE, CONSISTENT, NOT_COLLAPSED
from cdp_pipeline.steps.oddities import find_odd
from cdp_pipeline.steps.renewing import build_table
from cdp_pipeline.steps.tables import HOUSEHOLDS_READ, SUMMED_UP, VALUES_OF, read_attributes
from cdp_pipeline.steps.verdicts import judge_profiles

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
    "profile_lead_status_history": [*_CURRENT, ["staging", MOEGO_LEAD.name]],
    PROFILE_CONSENTS.name: [*_CURRENT, *(["staging", name] for name in CONSENT_COLUMNS)],
    "profile_leads": [
        *_CURRENT,
        ["staging", LEAD_INFORMATION.name],
        ["staging", MOEGO_LEAD.name],
        ["rejected", MOEGO_LEAD.name],
        ["profiles", "profile_lead_status_history"],
    ],
}


class ProfilesConfig(dg.Config):
    """What a person allows a run to do to the profiles."""

    accept_fewer_people: bool = False
    """Publish although tables of people lost a large part of their rows; for this run only."""


def build_profile_asset(table: Table) -> dg.AssetsDefinition:
    """The step that builds one table of persons."""

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
    )
    def build(workplace: Workplace) -> dg.MaterializeResult:
        return dg.MaterializeResult(asset_key=["profiles", table.name], metadata=_build(workplace, table))

    return build


@dg.multi_asset(
    name="build_profiles",
    specs=[table_spec("profiles", PROFILES, [*_PERSONS, *_SPECIAL[PROFILES.name]], lineage=profile_lineage(PROFILES))],
    check_specs=check_specs([CONSISTENT, NOT_COLLAPSED, COMPLETE]),
)
def build_profiles(config: ProfilesConfig, workplace: Workplace) -> dg.MaterializeResult:
    """Build the golden records, count what is odd about people, and judge whether they may be published."""
    metadata = _build(workplace, PROFILES)
    verdicts = judge_profiles(workplace.lake, find_odd(workplace.lake), accept_fewer=config.accept_fewer_people)
    key = dg.AssetKey(["profiles", PROFILES.name])
    return dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=check_results(verdicts, key))


def _build(workplace: Workplace, table: Table) -> dict[str, dg.MetadataValue]:
    settings = workplace.settings
    rows = build_table(workplace.lake, table.name, settings.currency, read_attributes(settings))
    return {
        **row_count(rows),
        "example_rows": masked_examples(workplace.lake.scan("profiles", table.name), table),
    }


profile_assets = [
    build_profiles,
    *(build_profile_asset(table) for table in PROFILE_TABLES if table is not PROFILES),
]
