import json
import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.current.custom_fields import current_custom_fields, custom_field_findings
from cdp_pipeline.current.tables import CUSTOM_FIELDS
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.registry import ENTITIES


def sent(ignored: list[str] | None = None, container: str = "customFieldTexts", **fields: object) -> dict[str, object]:
    return {"custom_fields": json.dumps({container: fields}), "ignored_update_cfs": ignored}


@pytest.fixture
def texts(staged):
    """The text of each custom field by record, container and key."""

    def fold(*versions: dict[str, object], entity: Entity = CUSTOMER_IDENTITY) -> dict[tuple[str, str], str]:
        fields = current_custom_fields(staged(entity, *versions).lazy(), entity).collect()
        assert fields.schema == CUSTOM_FIELDS.schema
        return {(row["record_key"], row["key"]): row["text_value"] for row in fields.to_dicts()}

    return fold


def test_the_newest_value_of_each_key_wins_and_empty_ones_never_erase(texts, at) -> None:
    older = {"business_at": at(1)} | sent(a="old", b="kept", c="kept")
    newer = {"business_at": at(2)} | sent(a="new", b=" ", c=None)
    assert texts(newer, older, {"business_at": at(3)}) == {("k1", "a"): "new", ("k1", "b"): "kept", ("k1", "c"): "kept"}


def test_a_new_record_stores_all_its_fields_listed_or_not(texts) -> None:
    assert texts(sent(["a"], a="1", b="2")) == {("k1", "a"): "1", ("k1", "b"): "2"}


def test_an_update_leaves_listed_keys_alone_and_changes_the_others(texts, at) -> None:
    first, update = {"business_at": at(1)} | sent(a="1", b="1"), {"business_at": at(2)} | sent(["a"], a="2", b="2")
    assert texts(first, update) == {("k1", "a"): "1", ("k1", "b"): "2"}


def test_a_listed_key_stays_absent_where_it_was_absent(texts, dropped) -> None:
    assert texts({"drop_date": dropped(1)}, {"drop_date": dropped(2)} | sent(["a"], a="2", b="2")) == {("k1", "b"): "2"}


def test_a_source_that_does_not_support_the_list_updates_listed_keys(texts, at) -> None:
    first, update = {"business_at": at(1)} | sent(a="1"), {"business_at": at(2)} | sent(["a"], a="2")
    assert texts(first, update, entity=LEAD_STATUS_HISTORY) == {("k1", "a"): "2"}


def test_a_listed_key_is_protected_in_every_container(staged) -> None:
    both = {"customFieldTexts": {"a": "1"}, "customFieldNumbers": {"a": 1}}
    changed = {"customFieldTexts": {"a": "2"}, "customFieldNumbers": {"a": 2}}
    versions = [{"custom_fields": json.dumps(both)}]
    versions.append({"custom_fields": json.dumps(changed), "ignored_update_cfs": ["a"]})
    fields = current_custom_fields(staged(CUSTOMER_IDENTITY, *versions).lazy(), CUSTOMER_IDENTITY).collect()
    assert fields["text_value"].to_list() == ["1", "1"]


def test_unknown_keys_and_names_of_regular_fields_may_be_listed(texts, at) -> None:
    first, update = {"business_at": at(1)} | sent(a="1"), {"business_at": at(2)} | sent(["zz", "email"], a="2")
    assert texts(first, update) == {("k1", "a"): "2"}


def test_envelopes_of_one_file_apply_in_order_each_with_its_own_list(texts) -> None:
    created = sent(["a"], a="1", b="1")
    assert texts(created, sent(["a"], a="2", b="2"), sent(["b"], a="3", b="3")) == {("k1", "a"): "3", ("k1", "b"): "2"}


def test_existing_means_received_before_whatever_the_business_time(texts, at, dropped) -> None:
    received_first = {"drop_date": dropped(1), "business_at": at(9)} | sent(b="1")
    received_later = {"drop_date": dropped(2), "business_at": at(1)} | sent(["a"], a="2")
    assert texts(received_first, received_later) == {("k1", "b"): "1"}


def test_records_do_not_share_their_fields(texts) -> None:
    versions = [sent(a="1"), {"record_key": "k2"} | sent(["a"], a="2")]
    assert texts(*versions) == {("k1", "a"): "1", ("k2", "a"): "2"}


def test_a_field_says_which_drop_brought_it(staged, dropped) -> None:
    days = staged(
        CUSTOMER_IDENTITY, {"drop_date": dropped(1)} | sent(a="1", b="1"), {"drop_date": dropped(2)} | sent(a="2")
    )
    fields = current_custom_fields(days.lazy(), CUSTOMER_IDENTITY).collect().sort("key")
    assert fields.select("key", "drop_date").rows() == [("a", dropped(2)), ("b", dropped(1))]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_records_without_custom_fields_have_none(entity: Entity, texts) -> None:
    assert texts({}, {"custom_fields": "{}"}, {"record_key": "k2"}, entity=entity) == {}


def naive_fields(versions: list[dict[str, object]], evidence: list[int]) -> dict[tuple[object, str], str]:
    """The fields of records, one version after the other, as the rules read."""
    arrival = sorted(range(len(versions)), key=lambda n: [versions[n][c] for c in ("drop_date", "source_row")])
    fields: dict[tuple[object, str], str] = {}
    for place in evidence:
        version = versions[place]
        first = next(n for n in arrival if versions[n]["record_key"] == version["record_key"])
        ignored = [] if place == first else version["ignored_update_cfs"] or []
        for key, text in json.loads(version["custom_fields"] or "{}").get("customFieldTexts", {}).items():
            if text and key not in ignored:
                fields[version["record_key"], key] = text
    return fields


@pytest.mark.parametrize("seed", range(12))
def test_folding_agrees_with_a_fold_by_hand_in_any_row_order(seed: int, staged, at, dropped) -> None:
    chance = random.Random(seed)
    versions = []
    for number in range(60):
        keys = chance.sample("abcd", chance.randint(0, 3))
        version = sent(
            chance.sample("abcd", chance.randint(0, 2)), **{key: chance.choice(["", str(number)]) for key in keys}
        )
        where = {"record_key": f"k{chance.randint(1, 15)}", "business_at": at(1 + number // 3)}
        versions.append(version | where | {"drop_date": dropped(chance.randint(1, 4))})
    days = staged(CUSTOMER_IDENTITY, *versions)
    rows = days.to_dicts()
    evidence = sorted(range(60), key=lambda n: [rows[n][c] for c in ("business_at", "drop_date", "source_row")])
    folded = [
        current_custom_fields(frame.lazy(), CUSTOMER_IDENTITY).collect().sort("record_key", "key")
        for frame in (days, days.sample(fraction=1, shuffle=True, seed=seed))
    ]
    assert {(k, f): t for k, f, t in folded[0].select("record_key", "key", "text_value").rows()} == naive_fields(
        rows, evidence
    )
    assert_frame_equal(*folded)


def test_oddities_are_counted_by_rule_and_drop(staged, dropped) -> None:
    odd = {"customFieldNumbers": {"customField01": "two"}, "customFieldSizes": {"customField01": "XL"}}
    versions = [{"custom_fields": json.dumps(odd)}, {"record_key": "k2", "drop_date": dropped(2)} | sent(colour="red")]
    fields = current_custom_fields(staged(CUSTOMER_IDENTITY, *versions).lazy(), CUSTOMER_IDENTITY)
    found = custom_field_findings(fields).collect().sort("drop_date", "rule")
    assert found.to_dict(as_series=False) == {
        "object_type": ["customer-identity"] * 3,
        "drop_date": [dropped(1), dropped(1), dropped(2)],
        "rule": ["custom_fields:unknown_container", "format:custom_fields", "custom_fields:unknown_key"],
        "rows": [1, 1, 1],
    }
    assert custom_field_findings(pl.LazyFrame(schema=CUSTOM_FIELDS.schema)).collect().is_empty()
