import random
from collections import Counter
from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.validation.pipeline import Limits, validate_batch
from cdp_pipeline.validation.tables import REJECTED_WITH_FIELDS, accepted_table
from cdp_pipeline.values.placeholders import PlaceholderList


def rules_by_row(rejected: pl.DataFrame) -> dict[int, list[str]]:
    return dict(rejected.select("source_row", "rules").iter_rows())


def test_good_rows_are_accepted_and_bad_ones_rejected_with_every_rule_they_break(validate, an) -> None:
    validated = validate(
        CUSTOMER_IDENTITY,
        an | {"yob": "1988", "dob_2": "1988-06-15"},
        an | {"yob": "3.7", "phone": " ", "timezone_gmt": "99"},
        {"phone": "0912345678"},
    )
    assert validated.accepted["source_row"].to_list() == [1]
    assert rules_by_row(validated.rejected) == {
        2: ["condition:PHONE_OR_EMAIL", "type:yob", "value:timezoneGmt"],
        3: ["condition:NAME", "required:customerId"],
    }
    assert validated.rejected["raw"].to_list() == ["entry 2", "entry 3"]


@pytest.mark.parametrize("yob", ["abc", "3.7", "12345678901234567890"])
def test_a_bad_cell_in_an_optional_field_rejects_its_row(yob: str, validate, an) -> None:
    assert rules_by_row(validate(CUSTOMER_IDENTITY, an | {"yob": yob}).rejected) == {1: ["type:yob"]}


def test_a_required_cell_that_does_not_cast_is_of_the_wrong_type_and_not_missing(validate) -> None:
    review = {"review_id": "R1", "content": "Tốt", "customer_id": "C1", "customer_name": "An", "product_sku": "S1"}
    row = review | {"product_name": "Trà", "customer_phone": "0912345678", "reviewed_at": "yesterday"}
    assert rules_by_row(validate(CUSTOMER_PRODUCT_REVIEW, row).rejected) == {1: ["type:reviewedAt"]}


def test_text_sent_as_an_object_counts_as_present_in_conditional_rules(validate, an) -> None:
    row = an | {"full_name": '{"first":"An"}', "phone": "[1]", "structured": ["full_name", "phone"]}
    assert rules_by_row(validate(CUSTOMER_IDENTITY, row).rejected) == {1: ["type:fullName", "type:phone"]}


def test_an_object_in_place_of_a_choice_or_an_address_breaks_the_type_only(validate) -> None:
    row = {"customer_id": "C1", "email": '{"at":1}', "email_type": "[]", "structured": ["email", "email_type"]}
    assert rules_by_row(validate(CUSTOMER_IDENTITY_EMAIL, row).rejected) == {1: ["type:email", "type:emailType"]}


@pytest.mark.parametrize("phone", ["0359677xxx", "12", "call me"])
def test_an_unusable_contact_rejects_no_row(phone: str, validate, an) -> None:
    accepted = validate(CUSTOMER_IDENTITY, an | {"phone": phone, "email": "none"}).accepted
    assert accepted.select("phone", "email").row(0) == (phone, "none")


def test_replaced_values_are_counted_in_accepted_rows(validate, an) -> None:
    rejected = an | {"gender": "nam", "yob": "abc"}
    validated = validate(CUSTOMER_IDENTITY, an | {"gender": "nam"}, an | {"marital_status": "Engaged"}, rejected)
    assert validated.accepted.select("gender", "marital_status").rows() == [("undefined", None), (None, None)]
    assert validated.findings == Counter({"value:gender": 1, "value:maritalStatus": 1})


@pytest.mark.parametrize("unknown", ["recordStatus", "addressType"])
def test_an_unknown_value_that_changes_the_meaning_rejects_the_row(unknown: str, validate) -> None:
    row = {"customer_id": "C1", "address_type": "Live", "city": "Huế", "district": "1", "address": "2 Lê Lợi"}
    name = {"recordStatus": "record_status", "addressType": "address_type"}[unknown]
    assert rules_by_row(validate(CUSTOMER_IDENTITY_ADDRESS, row | {name: "?"}).rejected) == {1: [f"value:{unknown}"]}


def test_a_tombstone_needs_only_its_key(validate) -> None:
    row = {"customer_id": "C1", "record_status": "DELETED", "yob": "abc", "gender": "nam", "created_at": "1584507164"}
    validated = validate(CUSTOMER_IDENTITY, row | {"city": '["Huế"]', "structured": ["city"], "language": "Vietnamese"})
    kept = validated.accepted.select("is_deleted", "record_status", "yob", "gender", "created_at", "city", "language")
    assert kept.rows() == [(True, "Deleted", None, None, None, None, "Vietnamese")]
    assert not validated.findings


@pytest.mark.parametrize(
    ("entity", "row", "rule"),
    [
        (CUSTOMER_IDENTITY, {"yob": "abc"}, "required:customerId"),
        (CUSTOMER_RELATIONSHIP, {"customer_id": "C1"}, "required:relationshipId"),
        (CUSTOMER_IDENTITY_EMAIL, {"customer_id": "C1", "email": "none"}, "format:email"),
        (
            CUSTOMER_IDENTITY_ADDRESS,
            {"customer_id": "C1", "address_type": "Live", "start_time": "x"},
            "type:startTime",
        ),
        (
            CUSTOMER_IDENTITY,
            {"customer_id": "C1", "system_name": "{}", "structured": ["system_name"]},
            "type:systemName",
        ),
    ],
)
def test_a_tombstone_with_a_bad_key_is_rejected(entity: Entity, row, rule: str, validate) -> None:
    assert rules_by_row(validate(entity, row | {"record_status": "Deleted"}).rejected) == {1: [rule]}


def test_a_source_without_tombstones_deletes_nothing(validate) -> None:
    accepted = validate(MOEGO_LEAD, {"id": "ldgK3", "email": "an@example.com"}).accepted
    assert accepted["is_deleted"].to_list() == [False]


def test_oddities_that_an_entity_declares_are_counted_but_not_on_tombstones(validate) -> None:
    lead = {"id": "ldgK3", "email": "an@example.com"}
    assert validate(MOEGO_LEAD, lead, lead | {"phone": "+84912345678"}).findings == {"missing:phone": 1}
    times = {"start_time": "1584507164000", "end_time": "1484507164000", "city": "Huế", "district": "1", "address": "2"}
    row = times | {"customer_id": "C1", "address_type": "Live"}
    findings = validate(CUSTOMER_IDENTITY_ADDRESS, row, row | {"record_status": "Deleted"}).findings
    assert findings == {"contradiction:endTime": 1}


def test_custom_fields_the_source_does_not_document_are_kept_and_counted(validate, an) -> None:
    fields = {"custom_fields": '{"customFieldTexts":{"customField01":"x"}}'}
    row = {"customer_id": "C1", "email": "an@example.com", "email_type": "Personal"} | fields
    validated = validate(CUSTOMER_IDENTITY_EMAIL, row)
    assert validated.accepted["custom_fields"].to_list() == [fields["custom_fields"]]
    assert validated.findings == {"custom_fields:undocumented": 1}
    assert not validate(CUSTOMER_IDENTITY, an | fields).findings


def test_what_the_reader_refused_and_counted_is_passed_on(batch_of, limits: Limits, an) -> None:
    refused = {
        "source_file": ["crm.ndjson"],
        "source_row": [2],
        "entry_number": [1],
        "rules": [["unreadable"]],
        "message": ["no JSON"],
        "raw": ["{"],
    }
    batch = batch_of(CUSTOMER_IDENTITY, an | {"gender": "nam"}, an | {"source_row": 3, "yob": "abc"})
    batch = replace(batch, rejected=pl.DataFrame(refused), findings=Counter({"drift:unknown_field:fax": 2}))
    validated = validate_batch(batch, CUSTOMER_IDENTITY, limits)
    assert rules_by_row(validated.rejected) == {2: ["unreadable"], 3: ["type:yob"]}
    assert validated.findings == {"drift:unknown_field:fax": 2, "value:gender": 1}


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_row_comes_out_once_with_the_declared_columns(entity: Entity, batch_of, limits: Limits) -> None:
    chance = random.Random(entity.name)
    texts = [None, " ", "1", "abc", "1584507164000", "2024-02-15T10:00:00Z", "an@example.com", "0912345678", "[]", "{}"]
    rows = [{column.name: chance.choice(texts) for column in entity.columns} for _ in range(300)]
    rows += [row | {"record_status": "Deleted"} for row in rows if "record_status" in row]
    validated = validate_batch(batch_of(entity, *rows), entity, limits)
    assert validated.accepted.height + validated.rejected.height == len(rows)
    places = pl.concat([validated.accepted["source_row"], validated.rejected["source_row"]])
    assert sorted(places) == list(range(1, len(rows) + 1))
    assert validated.accepted.schema == accepted_table(entity).schema
    assert validated.rejected.schema == REJECTED_WITH_FIELDS.schema
    assert validated.rejected["rules"].list.len().min() > 0


@pytest.mark.parametrize("word", ["NULL", "nan", "\\N", "0", "#REF!", "guest", "1.23457E+11", "\u200bnull "])
@pytest.mark.parametrize(
    ("entity", "column", "row"),
    [
        (CUSTOMER_IDENTITY, "customer_id", {"full_name": "Hà", "phone": "0912345678"}),
        (MOEGO_LEAD, "id", {"phone": "0912345678"}),
    ],
)
def test_a_word_for_nothing_is_no_records_own_id(validate, entity: Entity, column: str, row, word: str) -> None:
    rejected = validate(entity, row | {column: word}).rejected
    assert rejected["rules"].to_list() == [[f"value:{entity.by_name[column].source}"]]
    assert "expected the record's own id, with all its digits" in rejected["message"].item()


def test_an_id_of_invisible_characters_is_missing_and_others_lose_theirs(validate) -> None:
    rows = [
        {"customer_id": sent, "full_name": "Hà", "phone": "0912345678"} for sent in ("\u200b", "C\u200b001", "Ｃ００１")
    ]
    validated = validate(CUSTOMER_IDENTITY, *rows)
    assert validated.rejected["rules"].to_list() == [["required:customerId"]]
    assert validated.accepted["customer_id"].to_list() == ["C001", "C001"]


def test_an_id_that_was_cleaned_stands_as_sent_beside_it(validate) -> None:
    row = {"full_name": "Hà", "phone": "0912345678"}
    validated = validate(
        CUSTOMER_IDENTITY,
        row | {"customer_id": '="007"', "store_id": " S1"},
        row | {"customer_id": "C\u200b1"},
        row | {"customer_id": "C2"},
    )
    assert validated.accepted["customer_id"].to_list() == ["007", "C1", "C2"]
    assert validated.accepted["ids_as_sent"].to_list() == [
        '{"customerId":"=\\"007\\"","storeId":" S1"}',
        '{"customerId":"C\u200b1"}',
        None,
    ]


def test_a_users_words_for_no_id_are_refused_as_the_packaged_ones_are(batch_of, limits: Limits) -> None:
    batch = batch_of(
        CUSTOMER_IDENTITY, *({"customer_id": i, "full_name": "Hà", "phone": "0912345678"} for i in ("TEMP", "C1"))
    )
    own = replace(limits, no_ids=PlaceholderList((*limits.no_ids.values, "temp"), limits.no_ids.patterns))
    assert validate_batch(batch, CUSTOMER_IDENTITY, limits).rejected.is_empty()
    assert validate_batch(batch, CUSTOMER_IDENTITY, own).rejected["rules"].to_list() == [["value:customerId"]]


def test_the_order_of_rows_changes_nothing(batch_of, limits: Limits, an) -> None:
    cells = [{}, {"yob": "abc"}, {"gender": "nam"}, {"phone": None}, {"record_status": "deleted", "yob": "x"}]
    batch = batch_of(CUSTOMER_IDENTITY, *(an | cells[n % 5] for n in range(50)))
    shuffled = replace(batch, rows=batch.rows.sample(fraction=1, shuffle=True, seed=7))
    one, other = (validate_batch(b, CUSTOMER_IDENTITY, limits) for b in (batch, shuffled))
    assert_frame_equal(one.accepted, other.accepted.sort("source_row"))
    assert_frame_equal(one.rejected, other.rejected)
    assert one.findings == other.findings


def test_rows_that_come_in_several_pieces_are_told_alike(batch_of, limits: Limits) -> None:
    batch = batch_of(CUSTOMER_IDENTITY, {"customer_id": "\u200b", "full_name": "Hà"}, {"customer_id": "null"})
    pieces = replace(batch, rows=pl.concat([batch.rows[:1], batch.rows[1:]], rechunk=False))
    one, other = (validate_batch(b, CUSTOMER_IDENTITY, limits).rejected for b in (batch, pieces))
    assert_frame_equal(one, other)


def test_an_empty_batch_gives_empty_tables(batch_of, limits: Limits) -> None:
    validated = validate_batch(batch_of(CUSTOMER_IDENTITY), CUSTOMER_IDENTITY, limits)
    assert validated.accepted.schema == accepted_table(CUSTOMER_IDENTITY).schema
    assert validated.rejected.is_empty()


def test_the_moment_of_loading_decides_what_lies_in_the_future(batch_of, limits: Limits, an) -> None:
    batch = batch_of(CUSTOMER_IDENTITY, an | {"updated_at": str(int(limits.loaded_at.timestamp() + 7200) * 1000)})
    assert validate_batch(batch, CUSTOMER_IDENTITY, limits).accepted.height == 1
    earlier = replace(limits, loaded_at=datetime(2026, 2, 1, tzinfo=limits.loaded_at.tzinfo))
    assert rules_by_row(validate_batch(batch, CUSTOMER_IDENTITY, earlier).rejected) == {1: ["value:updatedAt"]}
