from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.shared_columns import record_columns


def test_a_child_table_starts_with_key_person_and_source_and_then_has_the_entitys_columns():
    names = [column.name for column in record_columns(CUSTOMER_IDENTITY_EMAIL)]
    assert names[:5] == ["record_key", "person_id", "source_id", "internal_company_id", "system_name"]
    assert {"email", "email_normalized", "email_type", "primary"} <= set(names)


def test_what_the_pipeline_keeps_for_itself_is_not_published():
    names = {column.name for column in record_columns(CUSTOMER_PRODUCT_ACTIVITY)}
    assert not names & {"name_match", "is_deleted", "business_at", "payload_hash", "version_count", "company_id"}


def test_an_entity_without_a_column_for_the_company_has_the_resolved_one():
    columns = {column.name: column for column in record_columns(MOEGO_LEAD)}
    assert "internal_company_id" in columns
    assert columns["source_id"].personal
