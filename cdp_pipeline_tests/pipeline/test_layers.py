"""The registry: what a layer declares is what it reads, and it stands after that."""

from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.pipeline import inputs as inputs_module
from cdp_pipeline.pipeline.inputs import Chosen, Inputs
from cdp_pipeline.pipeline.layers import BY_TABLE, LAYERS
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.profiles.golden.profiles import PROFILES
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake

LAYER_IDS = [layer.name for layer in LAYERS]


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    """Some people through all steps."""
    folder = tmp_path_factory.mktemp("layers")
    drop = generate(folder / "raw", 30, 2, 4)
    settings = Settings(_env_file=None, raw_dir=drop.directory, lake_dir=folder / "lake")
    lake = Lake(settings.lake_dir)
    for entity in ENTITIES:
        days = [day.isoformat() for day in drop.days]
        process_days(lake, entity, settings, "run", days=days, reprocess=False, log=lambda _: None)
    bring_up_to_date(lake, settings, datetime(2026, 11, 18, tzinfo=UTC), upto="anomalies")
    return lake


@pytest.mark.parametrize("layer", LAYERS, ids=LAYER_IDS)
def test_a_layer_declares_all_that_it_reads_and_nothing_else(lake, layer, monkeypatch):
    asked: set[str] = set()
    declared = inputs_module._declared

    def noted(reads, name):
        asked.add(name)
        return declared(reads, name)

    monkeypatch.setattr(inputs_module, "_declared", noted)
    layer.build(Inputs(lake, Chosen("VND"), layer.reads)).collect()
    assert asked == set(layer.reads)


@pytest.mark.parametrize("layer", LAYERS, ids=LAYER_IDS)
def test_a_layer_stands_after_those_it_reads(layer):
    before = LAYER_IDS[: LAYER_IDS.index(layer.name)]
    assert {read.removeprefix("profiles/") for read in layer.reads if read.startswith("profiles/")} <= set(before)


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.by_person], ids=lambda layer: layer.name)
def test_the_rows_of_some_people_are_the_same_whoever_else_is_built(lake, layer):
    whole = lake.scan("profiles", layer.name).collect()
    some = whole["person_id"].unique().sort().gather_every(3)
    alone = layer.build(Inputs(lake, Chosen("VND"), layer.reads, pl.col("person_id").is_in(some.implode()))).collect()
    theirs = whole.filter(pl.col("person_id").is_in(some.implode()))
    assert alone.height > 0
    assert alone.sort(layer.table.key).equals(theirs.sort(layer.table.key))


def test_what_a_layer_does_not_declare_it_cannot_read(lake):
    inputs = Inputs(lake, Chosen("VND"), BY_TABLE["profile_photos"].reads)
    assert CUSTOMER_IDENTITY.name in inputs.records
    with pytest.raises(KeyError, match="profiles/profiles is read, but the layer declares only .*layers.py"):
        inputs.rows(PROFILES)
