import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.profiles.addresses.relationships import PROFILE_RELATIONSHIPS, build_profile_relationships

MOTHER, CHILD = "+84912345678", "+84987654321"


def built(records):
    return build_profile_relationships(
        records.current, records.record_persons, records.statements, records.shared_identifiers
    )


def related(records) -> list[tuple]:
    """Who is related, by what, or why nobody: of each relationship in order."""
    columns = ("related_person_id", "related_by", "related_problem")
    return built(records).sort("record_key").select(columns).collect().rows()


def test_there_is_one_row_per_relationship_as_sent_and_none_for_its_inverse(records, rows_of):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", relationship="child", full_name="Tran Be", phone_e164=CHILD)
    columns = ("record_key", "person_id", "relationship", "full_name", "related_person_id", "related_by")
    assert [tuple(row.values()) for row in rows_of(built(records), PROFILE_RELATIONSHIPS, *columns)] == [
        ("r2", "P1", "child", "Tran Be", "P2", "phone")
    ]


def test_two_people_who_name_each_other_have_a_row_each(records):
    records.add(CUSTOMER_IDENTITY, "P1", phone_e164=MOTHER)
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", relationship="child", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P2", relationship="parent", phone_e164=MOTHER)
    assert related(records) == [("P2", "phone", None), ("P1", "phone", None)]


@pytest.mark.parametrize(
    ("given", "known_by"),
    [
        ({"phone_e164": CHILD}, "phone"),
        ({"email_normalized": "be.tran@gmail.com"}, "email"),
        ({"phone_e164": CHILD, "email_normalized": "betran@gmail.com"}, "phone and email"),
        ({"phone_e164": CHILD, "email_normalized": "nobody@mail.vn"}, "phone"),
        ({"phone_e164": "+84900000009", "email_normalized": "betran@gmail.com"}, "email"),
    ],
)
def test_a_related_person_is_known_by_phone_by_email_or_by_both(records, given, known_by):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_IDENTITY_EMAIL, "P2", email_normalized="betran@gmail.com")
    records.add(CUSTOMER_RELATIONSHIP, "P1", **given)
    assert related(records) == [("P2", known_by, None)]


@pytest.mark.parametrize("given", [{"phone_e164": "+84900000009"}, {"email_normalized": "x@mail.vn"}, {}])
def test_somebody_whom_nobody_knows_is_unknown_and_makes_no_person(records, given):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", full_name="Tran Be", **given)
    assert related(records) == [(None, None, "unknown")]


def test_a_phone_that_several_people_hold_names_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(LEAD_INFORMATION, "P3", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD)
    assert related(records) == [(None, None, "ambiguous")]


def test_a_phone_and_an_email_of_different_people_name_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_IDENTITY, "P3", email_normalized="be@mail.vn")
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD, email_normalized="be@mail.vn")
    assert related(records) == [(None, None, "ambiguous")]


def test_a_relationship_to_oneself_is_kept_and_relates_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P1", phone_e164=MOTHER)
    records.add(CUSTOMER_RELATIONSHIP, "P1", relationship="parent", phone_e164=MOTHER)
    assert related(records) == [(None, None, "self")]


def test_a_landline_that_is_also_the_persons_own_may_be_either_ones(records):
    records.add(CUSTOMER_IDENTITY, "P1", phone_e164=MOTHER)
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=MOTHER)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=MOTHER)
    assert related(records) == [(None, None, "ambiguous")]


def test_a_phone_of_another_company_names_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD, company_id="ORG2")
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD)
    assert related(records) == [(None, None, "unknown")]


def test_a_phone_that_too_many_hold_is_ambiguous_alone_and_says_nothing_beside_an_email(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=MOTHER, email_normalized="be@mail.vn")
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=MOTHER)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=MOTHER, email_normalized="be@mail.vn")
    records.share("phone", MOTHER)
    assert related(records) == [(None, None, "ambiguous"), ("P2", "email", None)]


def test_a_phone_left_with_a_comment_is_no_evidence_of_whose_it_is(records):
    records.add(CUSTOMER_PRODUCT_COMMENT, "P2", customer_phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD)
    assert related(records) == [(None, None, "unknown")]


def test_the_order_of_rows_does_not_matter(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD, email_normalized="be@mail.vn")
    records.add(CUSTOMER_IDENTITY, "P3", phone_e164=MOTHER)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD, email_normalized="be@mail.vn")
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD, email_normalized="x@mail.vn")
    assert related(records.reversed()) == related(records)
