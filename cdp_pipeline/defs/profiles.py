"""profiles: one step that builds the tables of people; each can be run alone."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from cdp_pipeline.defs.checks import check_results, check_specs
from cdp_pipeline.defs.metadata import masked_examples, row_count, table_spec
from cdp_pipeline.defs.resources import Workplace, reasons_first
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import (
    LAYERS,
    Layer,
    chosen_of,
    count_anomalies,
    count_returned,
    current_of,
    evaluate_profiles,
    refresh,
    take_corrections,
)
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.quality import checks_of

_PROFILES = dg.AssetKey(["profiles", PROFILES.name])


class ProfilesConfig(dg.Config):
    """What a person allows a run to do to the profiles."""

    accept_fewer_people: bool = Field(
        False, description="Publish although tables of people lost a large part of their rows; for this run only."
    )


def _key(layer: Layer) -> dg.AssetKey:
    return dg.AssetKey(["profiles", layer.name])


def _spec(layer: Layer) -> dg.AssetSpec:
    """The asset of a layer; its day counts as read from the records whose drop dates decide it.

    What was asked for on request is no asset: it comes from a file outside the lake.
    """
    reads = [read.replace("versions/", "staging/") for read in layer.reads if not read.startswith("privacy/")]
    deps = [read.split("/") for read in (*reads, *(current_of(*ENTITIES) if layer.ages else ()))]
    return table_spec("profiles", layer.table, deps)


@dg.multi_asset(
    name="build_profiles",
    specs=[_spec(layer) for layer in LAYERS],
    check_specs=check_specs(checks_of("profiles")),
    can_subset=True,
)
def build_profiles(
    context: dg.AssetExecutionContext, config: ProfilesConfig, workplace: Workplace
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Build the tables of people, count their anomalies, and evaluate whether they may be published."""
    with reasons_first():
        chosen = chosen_of(workplace.settings)
        take_corrections(workplace.lake, workplace.settings)
        for layer in LAYERS:
            if _key(layer) in context.selected_asset_keys:
                refreshed = refresh(workplace.lake, layer, chosen, workplace.backend)
                built = {} if refreshed.people is None else {"people_built": dg.MetadataValue.int(refreshed.people)}
                examples = masked_examples(workplace.lake.scan("profiles", layer.name), layer.table)
                yield dg.MaterializeResult(
                    asset_key=_key(layer),
                    metadata={
                        **row_count(refreshed.rows),
                        **built,
                        "backend": workplace.backend.name,
                        "example_rows": examples,
                    },
                )
        if checks := context.selected_asset_check_keys:
            verdicts = evaluate_profiles(
                workplace.lake,
                count_anomalies(workplace.lake),
                accept_fewer=config.accept_fewer_people,
                returned=count_returned(workplace.lake, workplace.settings),
            )
            yield from check_results(verdicts, _PROFILES, checks)


profile_assets = [build_profiles]
