from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.records.records import PROFILE_RECORDS, build_profile_records


def test_there_is_one_row_per_record_that_has_a_person_of_whatever_entity(records, rows_of):
    records.add(CUSTOMER_IDENTITY, "P1", customer_id="C1", system_name="POS")
    records.add(MOEGO_LEAD, "P1", id="ldg7", system_name="MoeGo", company_id="cop1")
    records.add(EMAIL_INTERACTION, None, id="m1", email_normalized="nobody@mail.vn")
    built = build_profile_records(records.current, records.record_persons)
    columns = ("record_key", "person_id", "object_type", "system_name", "internal_company_id", "source_id")
    assert [tuple(row.values()) for row in rows_of(built, PROFILE_RECORDS, *columns)] == [
        ("r1", "P1", "customer-identity", "POS", "ORG1", "C1"),
        ("r2", "P1", "moego-lead", "MoeGo", "cop1", "ldg7"),
    ]
