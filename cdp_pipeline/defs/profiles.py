"""profiles: one step per table of persons."""

from collections.abc import Iterable

import dagster as dg

from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.lineage import profile_lineage
from cdp_pipeline.defs.metadata import masked_examples, row_count, table_spec
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.layer import Layer, current
from cdp_pipeline.pipeline.layers import BY_TABLE, LAYERS
from cdp_pipeline.pipeline.oddities import READ, find_odd
from cdp_pipeline.pipeline.refresh import refresh
from cdp_pipeline.pipeline.run import chosen_of
from cdp_pipeline.pipeline.verdicts import judge_profiles
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.quality.checks import COMPLETE, CONSISTENT, NOT_COLLAPSED

_JUDGED = BY_TABLE[PROFILES.name]
"""The layer that is built last of those that the checks look at."""


def _deps(layer: Layer) -> list[list[str]]:
    """The assets of what a layer reads; its day counts as read from the records whose drop dates decide it."""
    reads = [read.replace("versions/", "staging/") for read in layer.reads]
    return [read.split("/") for read in (*reads, *(current(*ENTITIES) if layer.ages else ()))]


class ProfilesConfig(dg.Config):
    """What a person allows a run to do to the profiles."""

    accept_fewer_people: bool = False
    """Publish although tables of people lost a large part of their rows; for this run only."""


def build_layer_asset(layer: Layer) -> dg.AssetsDefinition:
    """The step that builds one layer."""

    @dg.multi_asset(name=f"build_{layer.name}", specs=[_spec(layer)])
    def build(workplace: Workplace) -> dg.MaterializeResult:
        return dg.MaterializeResult(asset_key=["profiles", layer.name], metadata=_build(workplace, layer))

    return build


def _spec(layer: Layer, beside: Iterable[list[str]] = ()) -> dg.AssetSpec:
    return table_spec("profiles", layer.table, [*_deps(layer), *beside], lineage=profile_lineage(layer.table))


@dg.multi_asset(
    name="build_profiles",
    # What is odd is counted in this step, too, and what it is counted in must be there.
    specs=[_spec(_JUDGED, [*(["profiles", table.name] for table in READ), *(["current", e.name] for e in ENTITIES)])],
    check_specs=check_specs([CONSISTENT, NOT_COLLAPSED, COMPLETE]),
)
def build_profiles(config: ProfilesConfig, workplace: Workplace) -> dg.MaterializeResult:
    """Build the golden records, count what is odd about people, and judge whether they may be published."""
    metadata = _build(workplace, _JUDGED)
    verdicts = judge_profiles(workplace.lake, find_odd(workplace.lake), accept_fewer=config.accept_fewer_people)
    key = dg.AssetKey(["profiles", PROFILES.name])
    return dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=check_results(verdicts, key))


def _build(workplace: Workplace, layer: Layer) -> dict[str, dg.MetadataValue]:
    refreshed = refresh(workplace.lake, layer, chosen_of(workplace.settings))
    built = {} if refreshed.people is None else {"people_built": dg.MetadataValue.int(refreshed.people)}
    return {
        **row_count(refreshed.rows),
        **built,
        "example_rows": masked_examples(workplace.lake.scan("profiles", layer.name), layer.table),
    }


profile_assets = [build_profiles, *(build_layer_asset(layer) for layer in LAYERS if layer is not _JUDGED)]
