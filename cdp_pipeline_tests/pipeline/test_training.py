import math

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.matching import model as model_module
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import read_choices, read_matching, update_persons, with_kept_model
from cdp_pipeline.pipeline.training import model_facts, train_persons, write_model_page
from cdp_pipeline_tests.pipeline.test_identity import DAY, NEXT_DAY, twice_each


def landed(place, day, *entries) -> None:
    place.drop(CUSTOMER_IDENTITY, day, *entries)
    place.process(CUSTOMER_IDENTITY, day)
    for entity in ENTITIES:
        update_current(place.lake, entity)


def test_training_learns_from_all_records_although_a_model_is_kept(place, customer, now, monkeypatch):
    monkeypatch.setattr(model_module, "STEADY_PAIRS", 5)
    choices = read_choices(place.settings)
    landed(place, DAY, *twice_each(customer, 0, 10))
    update_persons(place.lake, ENTITIES, choices, now)
    landed(place, NEXT_DAY, *twice_each(customer, 10, 15))
    assert update_persons(place.lake, ENTITIES, choices, now).matching.model.records == 20
    trained = train_persons(place.lake, ENTITIES, choices)
    assert trained.model.records == 30
    assert with_kept_model(place.lake, choices).model == trained.model
    assert update_persons(place.lake, ENTITIES, choices, now).matching.model == trained.model


def test_where_nothing_is_compared_there_is_no_model(place, customer):
    landed(place, DAY, customer(1))
    assert model_facts(train_persons(place.lake, ENTITIES, read_choices(place.settings))) is None


def test_a_model_in_numbers_tells_every_level_and_its_worth_where_the_value_does_not_decide(place, customer):
    landed(place, DAY, *twice_each(customer, 0, 10))
    facts = model_facts(train_persons(place.lake, ENTITIES, read_choices(place.settings)))
    model = read_matching(place.lake).model
    by_words = {(line.attribute, line.words): line for line in facts.levels}
    assert by_words["name", "same name"].bits is None
    gender = by_words["gender", "same gender"]
    assert gender.bits == math.log2(gender.share / 0.5)
    assert facts.before == math.log2(model.of_one / model.pairs)
    assert [line.threshold for line in facts.thresholds] == [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
    assert not facts.is_kept


def test_the_page_is_its_owners_alone_also_where_it_was_others_before(place, customer):
    landed(place, DAY, *twice_each(customer, 0, 10))
    facts = model_facts(train_persons(place.lake, ENTITIES, read_choices(place.settings)))
    (place.lake.root / "model.html").write_text("an older page")
    page = write_model_page(place.lake, facts)
    assert page.stat().st_mode & 0o777 == 0o600
    assert "same name" in page.read_text(encoding="utf-8")
    assert [path.name for path in place.lake.root.glob("*model*")] == ["model.html"]
