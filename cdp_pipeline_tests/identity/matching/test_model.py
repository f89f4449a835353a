import json
from dataclasses import replace

import polars as pl
import pytest

from cdp_pipeline.identity.matching.model import ATTRIBUTES, STEADY_PAIRS, model_of, packaged_model, probability, train

SCOPES = pl.Series([10_000])


def pairs(**levels: str | None) -> pl.DataFrame:
    """One pair at these levels, its values as frequent as one in a thousand."""
    at = {name: None if levels.get(name) is None else list(of).index(levels[name]) for name, of in ATTRIBUTES.items()}
    schema = {**dict.fromkeys(ATTRIBUTES, pl.Int8), **{f"{name}_rate": pl.Float64 for name in ATTRIBUTES}}
    return pl.DataFrame([{**at, **{f"{name}_rate": 0.001 for name in ATTRIBUTES}}], schema=schema)


def score(**levels: str | None) -> float:
    return packaged_model(SCOPES).score(pairs(**levels))["score"].item()


@pytest.mark.parametrize(
    ("attribute", "better", "worse"),
    [(name, one, other) for name, of in ATTRIBUTES.items() for one, other in [(next(iter(of)), list(of)[-1])]],
)
def test_agreement_scores_above_contradiction(attribute: str, better: str, worse: str):
    assert score(**{attribute: better}) > score(**{attribute: worse})


def test_what_is_not_known_says_nothing():
    alike = {"name": "equal", "birth": "equal"}
    assert score(**alike, gender=None) == score(**alike)


def test_a_rare_value_says_more_than_a_frequent_one():
    frequent = pairs(name="equal").with_columns(name_rate=0.1)
    assert score(name="equal") > packaged_model(SCOPES).score(frequent)["score"].item()


def test_relatives_explain_an_address_a_phone_and_a_birth_date_under_two_names():
    twins = {"name": "shared", "birth": "equal", "contact": "equal", "address": "equal", "area": "equal"}
    scored = packaged_model(SCOPES).score(pairs(**twins))
    assert scored["relatives"].item() < -10
    assert probability(pl.lit(scored["score"].item())).pipe(lambda odds: pl.select(odds).item()) < 0.5


def test_how_often_one_persons_records_differ_is_learned_from_many_pairs():
    surely = [pairs(name="equal", birth="equal", address="equal", contact="none")] * 900
    wrong_birth = [pairs(name="equal", birth="slip", address="equal", contact="none")] * 300
    model = train(pl.concat([*surely, *wrong_birth]), 1.0, SCOPES)
    assert model.same["birth"]["slip"] == pytest.approx(0.25, abs=0.02)
    assert model.same["contact"]["none"] > 0.95


def test_one_pair_teaches_nothing():
    one = train(pairs(name="equal", birth="generation", address="equal", contact="equal"), 1.0, pl.Series([2]))
    assert one.same["birth"]["generation"] == pytest.approx(0.005, abs=0.002)


def test_the_order_of_pairs_teaches_nothing():
    every = pl.concat(
        [pairs(name=name, birth=birth, address="equal") for name in ("equal", "slip") for birth in ("equal", "diff")]
        * 50
    )
    turned = every.sample(fraction=1, shuffle=True, seed=3)
    assert (
        train(every, 1.0, SCOPES) == pytest.approx(train(turned, 1.0, SCOPES))
        or train(every, 1.0, SCOPES).same == train(turned, 1.0, SCOPES).same
    )


def test_a_model_comes_back_from_json_as_it_was():
    model = train(pl.concat([pairs(name="equal", birth="equal")] * 7), 1.0, SCOPES)
    assert model_of(json.loads(json.dumps(model.report(), sort_keys=True))) == model


@pytest.mark.parametrize("change", ["attribute", "level"])
def test_a_kept_model_of_other_attributes_or_levels_is_none(change: str):
    report = packaged_model(SCOPES).report()
    of = report["same"] if change == "attribute" else report["same"]["birth"]
    of["starsign"] = of.pop("gender" if change == "attribute" else "near")
    assert model_of(report) is None


def test_among_the_records_it_was_trained_on_a_model_says_the_same():
    model = train(pl.concat([pairs(name="equal", birth="equal")] * 7), 1.0, SCOPES)
    assert model.at(SCOPES) == model


def test_pairs_of_one_person_grow_with_the_records_and_all_pairs_with_their_square():
    model = packaged_model(pl.Series([100_000]))
    grown = model.at(pl.Series([150_000]))
    assert grown.same == model.same
    assert grown.of_one == pytest.approx(1.5 * model.of_one)
    assert grown.of_relatives == pytest.approx(1.5 * model.of_relatives)
    assert grown.pairs == pytest.approx(1.5**2 * model.pairs, rel=0.01)
    assert grown.records == 150_000


def test_a_model_is_steady_from_a_thousand_pairs_of_one_person_on_and_outgrown_by_twice_its_records():
    model = replace(packaged_model(SCOPES), of_one=STEADY_PAIRS)
    assert model.is_steady
    assert not replace(model, of_one=STEADY_PAIRS - 1).is_steady
    assert model.is_outgrown(20_000)
    assert not model.is_outgrown(19_999)


def test_no_data_teach_that_one_persons_births_mostly_differ():
    series = pl.concat([pairs(name="equal", birth="diff", contact="slip")] * 2_000)
    model = train(series.with_columns(name_rate=0.00001, contact_rate=0.00001), 1.0, SCOPES)
    assert model.same["birth"]["diff"] + model.same["birth"]["generation"] == pytest.approx(0.35)
    assert sum(model.same["birth"].values()) == pytest.approx(1)
