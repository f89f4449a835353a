from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cdp_pipeline.backend.local import Workspace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.configuration.overrides import no_overrides
from cdp_pipeline.identity.matching.model import packaged_model
from cdp_pipeline.identity.pipeline import Choices, compare_records
from cdp_pipeline_tests.identity.matching.test_probable import BORN, add, strangers


def compared(world, ones: tuple[str, ...], others: tuple[str, ...], model=None) -> pl.DataFrame:
    """How records compare, by the names that the test gave them."""
    current = world.current()
    choices = Choices("company", world.rules, no_overrides(), 0.9, 0.5)
    keys = [pl.Series("record_key", [world.keys[name] for name in names]) for names in (ones, others)]
    with TemporaryDirectory() as folder:
        work, in_force = Workspace(Path(folder)), model or packaged_model(pl.Series([60]))
        found = compare_records(work, current, ENTITIES, choices, in_force, *keys)
    names = {key: name for name, key in world.keys.items()}
    return found.with_columns(pl.col("record_key_a", "record_key_b").replace_strict(names))


def test_every_record_of_one_is_compared_with_each_of_the_other_the_most_alike_first(world):
    strangers(world)
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    add(world, "c", full_name="Lê Hoa", dob_2=date(1950, 2, 3))
    found = compared(world, ("c", "a"), ("b",))
    assert found.select("record_key_a", "record_key_b").rows() == [("a", "b"), ("c", "b")]
    assert found["score"].is_sorted(descending=True)
    assert [level["words"] for level in found["levels"][1]] == ["different names", "births a generation apart"]


def test_the_score_is_that_by_which_a_run_joins_them(world):
    strangers(world)
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    add(world, "b", full_name="Trịnh Công Vũ", dob_2=BORN, phone="0987654321")
    world.groups()
    link = world.resolution.links.filter(identifier_kind="alike").row(0, named=True)
    pair = compared(world, ("a",), ("b",), world.resolution.matching.model).row(0, named=True)
    assert round(pair["score"], 6) == link["score"]
    assert sum(level["bits"] for level in pair["levels"]) + pair["before"] + pair["relatives"] == pair["score"]


def test_a_pair_of_name_and_birth_date_alone_needs_more_and_a_veto_is_told(world):
    strangers(world)
    add(
        world,
        "a",
        full_name="Trịnh Công Vũ",
        dob_2=BORN,
        phone="0987654321",
        email="vu@x.vn",
        identity_no="079085001234",
    )
    add(
        world,
        "b",
        full_name="Trịnh Công Vũ",
        dob_2=BORN,
        phone="0912000111",
        email="tcv@y.vn",
        identity_no="079085001777",
    )
    pair = compared(world, ("a",), ("b",)).row(0, named=True)
    assert pair["needed"] == 0.9999
    assert pair["veto"] == "identity_numbers_differ"


def test_a_group_compared_with_itself_gives_each_pair_once(world):
    for name in ("a", "b", "c"):
        add(world, name, full_name="Trịnh Công Vũ", dob_2=BORN)
    assert compared(world, ("a", "b", "c"), ("a", "b", "c")).height == 3


def test_records_without_a_name_and_those_of_another_company_are_in_no_pair(world):
    add(world, "a", full_name="Trịnh Công Vũ", dob_2=BORN, internal_company_id="One")
    add(world, "b", phone="0987654321", internal_company_id="One")
    add(world, "c", full_name="Trịnh Công Vũ", dob_2=BORN, internal_company_id="Two")
    assert compared(world, ("a",), ("b", "c")).is_empty()
