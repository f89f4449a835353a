"""current: the newest version of each record, per entity, and the custom fields of all."""

import dagster as dg

from cdp_pipeline.current.tables import CUSTOM_FIELDS, current_table
from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.lineage import current_lineage
from cdp_pipeline.defs.metadata import entity_description, masked_examples, row_count, table_spec
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import gather_custom_fields, update_current
from cdp_pipeline.pipeline.verdicts import judge_current
from cdp_pipeline.quality.checks import FRESH, UNIQUE


def build_current(entity: Entity) -> dg.AssetsDefinition:
    """The step that folds all staged days of an entity into the latest version of each record."""
    key = dg.AssetKey(["current", entity.name])
    table = current_table(entity)
    what = (
        "The latest version of each record over all days; a field that is not sent never erases one, deleted records "
        "stay, flagged."
    )

    @dg.multi_asset(
        name=f"fold_{entity.name}",
        specs=[
            table_spec(
                "current",
                table,
                [["staging", entity.name]],
                name=entity.name,
                description=entity_description(entity, what),
                lineage=current_lineage(entity),
            )
        ],
        check_specs=check_specs([UNIQUE, FRESH], *key.path),
    )
    def fold(workplace: Workplace) -> dg.MaterializeResult:
        state = update_current(workplace.lake, entity)
        return dg.MaterializeResult(
            asset_key=key,
            metadata={
                **row_count(state.records),
                "records_deleted": state.deleted,
                "example_rows": masked_examples(workplace.lake.scan("current", entity.name), table),
            },
            check_results=check_results(judge_current(workplace.lake, ENTITIES, entity, state), key),
        )

    return fold


@dg.multi_asset(
    name="gather_custom_fields",
    specs=[
        table_spec("current", CUSTOM_FIELDS, [["current", entity.name] for entity in ENTITIES], name="custom_fields")
    ],
)
def custom_fields(workplace: Workplace) -> dg.MaterializeResult:
    """Put the custom fields of all entities into one table."""
    return dg.MaterializeResult(
        asset_key=["current", "custom_fields"], metadata=row_count(gather_custom_fields(workplace.lake, ENTITIES))
    )


current_assets = [*(build_current(entity) for entity in ENTITIES), custom_fields]
