"""current: one step that brings up the newest version of each record, per entity, and the custom fields of all."""

from collections.abc import Iterator, Sequence

import dagster as dg

from cdp_pipeline.current import CUSTOM_FIELDS, current_table
from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.metadata import entity_description, masked_examples, row_count, table_spec
from cdp_pipeline.defs.resources import Workplace, reasons_first
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import evaluate_current, gather_custom_fields, update_current
from cdp_pipeline.quality import checks_of

_CUSTOM_FIELDS = dg.AssetKey(["current", CUSTOM_FIELDS.name])


def build_current(entities: Sequence[Entity]) -> dg.AssetsDefinition:
    """The step that folds all staged days into the latest version of each record; any part of it can be run alone."""

    @dg.multi_asset(
        name="fold_current",
        specs=[
            *(_spec(entity) for entity in entities),
            table_spec("current", CUSTOM_FIELDS, [["current", entity.name] for entity in entities]),
        ],
        check_specs=[
            spec for entity in entities for spec in check_specs(checks_of("current", entity), *_key(entity).path)
        ],
        can_subset=True,
    )
    def fold(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[dg.MaterializeResult]:
        with reasons_first():
            for entity in entities:
                if _key(entity) in context.selected_asset_keys:
                    yield _fold(context, workplace, entity)
            if _CUSTOM_FIELDS in context.selected_asset_keys:
                rows = gather_custom_fields(workplace.lake, ENTITIES)
                yield dg.MaterializeResult(asset_key=_CUSTOM_FIELDS, metadata=row_count(rows))

    return fold


def _key(entity: Entity) -> dg.AssetKey:
    return dg.AssetKey(["current", entity.name])


def _spec(entity: Entity) -> dg.AssetSpec:
    grain = f"One row per record of `{entity.object_type}`: its latest version over all days."
    what = "A field that is not sent never erases one, deleted records stay, flagged."
    return table_spec(
        "current",
        current_table(entity),
        # What is older than its period is removed in between.
        [["staging", entity.name], ["privacy", "retention"]],
        name=entity.name,
        description=entity_description(entity, grain, what),
    )


def _fold(context: dg.AssetExecutionContext, workplace: Workplace, entity: Entity) -> dg.MaterializeResult:
    state, key = update_current(workplace.lake, entity), _key(entity)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            **row_count(state.records),
            "records_deleted": state.deleted,
            "example_rows": masked_examples(workplace.lake.scan("current", entity.name), current_table(entity)),
        },
        check_results=check_results(
            evaluate_current(workplace.lake, ENTITIES, entity, state), key, context.selected_asset_check_keys
        ),
    )


current_assets = [build_current(ENTITIES)]
