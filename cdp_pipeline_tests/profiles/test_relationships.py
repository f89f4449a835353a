from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.profiles.relationships import PROFILE_RELATIONSHIPS, build_profile_relationships

MOTHER, CHILD = "+84912345678", "+84987654321"


def related(records) -> list[str | None]:
    built = build_profile_relationships(records.current, records.record_persons, records.shared_identifiers)
    return built.collect()["related_person_id"].to_list()


def test_there_is_one_row_per_relationship_as_sent_and_none_for_its_inverse(records, rows_of):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", relationship="child", full_name="Tran Be", phone_e164=CHILD)
    built = build_profile_relationships(records.current, records.record_persons, records.shared_identifiers)
    columns = ("record_key", "person_id", "relationship", "full_name", "related_person_id")
    assert [tuple(row.values()) for row in rows_of(built, PROFILE_RELATIONSHIPS, *columns)] == [
        ("r2", "P1", "child", "Tran Be", "P2")
    ]


def test_a_phone_that_several_people_hold_names_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(LEAD_INFORMATION, "P3", phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD)
    assert related(records) == [None]


def test_a_phone_and_an_email_of_different_people_name_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD)
    records.add(CUSTOMER_IDENTITY, "P3", email_normalized="be@mail.vn")
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD, email_normalized="be@mail.vn")
    assert related(records) == [None]


def test_a_phone_that_is_the_customers_own_does_not_relate_them_to_themselves(records):
    records.add(CUSTOMER_IDENTITY, "P1", phone_e164=MOTHER)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=MOTHER)
    assert related(records) == [None]


def test_a_shared_phone_and_a_phone_of_another_company_name_nobody(records):
    records.add(CUSTOMER_IDENTITY, "P2", phone_e164=CHILD, company_id="ORG2")
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD)
    records.add(CUSTOMER_IDENTITY, "P3", phone_e164=MOTHER)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=MOTHER)
    records.share("phone", MOTHER)
    assert related(records) == [None, None]


def test_a_phone_left_with_a_comment_is_no_evidence_of_whose_it_is(records):
    records.add(CUSTOMER_PRODUCT_COMMENT, "P2", customer_phone_e164=CHILD)
    records.add(CUSTOMER_RELATIONSHIP, "P1", phone_e164=CHILD)
    assert related(records) == [None]
