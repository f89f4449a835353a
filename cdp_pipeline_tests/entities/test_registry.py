"""What every entity's declaration keeps to, whichever entity it is."""

from dataclasses import fields

import pytest
from pydantic.alias_generators import to_snake

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_NAME, BY_OBJECT_TYPE, ENTITIES

# Of each entity's page in the source documents: rows with a name, whether there is one for custom fields, and whether
# the sender may protect these from updates.
DOCUMENTED = {
    "lead-information": (37, True, True),
    "lead-status-history": (9, True, False),
    "customer-identity": (44, True, True),
    "customer-relationship": (21, True, True),
    "customer-membership": (16, True, True),
    "customer-identity-address": (20, False, False),
    "customer-identity-email": (8, False, False),
    "customer-identity-photo": (7, False, False),
    "customer-product-activity": (24, True, True),
    "email-interaction": (25, True, False),
    "sms-interaction": (25, True, False),
    "customer-product-comment": (22, True, True),
    "customer-product-review": (23, True, True),
    "customer-product-subscriber": (27, True, True),
}

SENDS_PRODUCT_ID_UNDOCUMENTED = {"customer-product-activity", "customer-product-comment", "customer-product-review"}

# MoeGo's address stands in a nested object whose fields repeat its name, or go two levels down.
SPELT_OTHERWISE = {
    "o2oCid": "o2o_cid",
    "address.address1": "address_1",
    "address.address2": "address_2",
    "address.coordinate.latitude": "latitude",
    "address.coordinate.longitude": "longitude",
}

OF_THE_SOURCES = [BY_OBJECT_TYPE[object_type] for object_type in (*DOCUMENTED, "moego-lead")]

each_entity = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.object_type)
of_the_sources = pytest.mark.parametrize("entity", OF_THE_SOURCES, ids=lambda entity: entity.object_type)


def documented_fields(entity: Entity) -> set[str]:
    ours = {"refId"} | ({"productId"} if entity.object_type in SENDS_PRODUCT_ID_UNDOCUMENTED else set())
    return {column.source for column in entity.columns} - ours


def staged(entity: Entity) -> set[str]:
    added = {f"{c.name}_{addition.suffix}" for c in entity.columns for addition in c.kind.adds}
    return set(entity.by_name) | added


def test_the_fourteen_of_pango_and_the_lead_of_moego_are_among_the_entities():
    assert len(DOCUMENTED) == 14
    assert {*DOCUMENTED, "moego-lead"} <= BY_OBJECT_TYPE.keys()


def test_an_entity_is_found_by_its_folder_and_by_the_stem_of_its_tables():
    assert list(BY_OBJECT_TYPE.values()) == list(BY_NAME.values()) == list(ENTITIES)
    assert BY_OBJECT_TYPE["moego-lead"] is BY_NAME["moego_lead"]


@pytest.mark.parametrize("object_type", DOCUMENTED)
def test_an_entity_has_each_field_of_its_page(object_type):
    entity = BY_OBJECT_TYPE[object_type]
    flags = (entity.has_custom_fields, entity.supports_ignored_update_cfs)
    assert (len(documented_fields(entity)), *flags) == DOCUMENTED[object_type]


def test_the_pages_of_pango_have_319_rows_in_all():
    pango = [BY_OBJECT_TYPE[object_type] for object_type in DOCUMENTED]
    assert sum(len(documented_fields(entity)) + entity.has_custom_fields for entity in pango) == 319


@each_entity
def test_every_key_time_identifier_and_reference_is_a_staged_column(entity):
    person = [getattr(entity.person, field.name) for field in fields(entity.person)]
    used = [*entity.natural_key, entity.source_id, *entity.business_time, entity.company_column]
    used += [identifier.column for identifier in entity.identifiers]
    used += [reference.column for reference in entity.references]
    used += [name for name in [*person, entity.occurred_at] if name]
    assert [name for name in used if name not in staged(entity)] == []


@each_entity
def test_a_reference_names_a_column_of_the_entities_it_may_name(entity):
    for reference in entity.references:
        for object_type in reference.to:
            assert reference.target in BY_OBJECT_TYPE[object_type].by_name


@each_entity
def test_phones_and_emails_are_compared_in_their_normalised_form(entity):
    compared = {i.column for i in entity.identifiers if i.kind in {"phone", "email", "identity_no", "passport_no"}}
    assert compared.isdisjoint(entity.by_name)


@each_entity
def test_the_own_id_of_a_record_is_part_of_its_key(entity):
    assert entity.source_id in entity.natural_key


@each_entity
def test_the_moments_that_order_versions_are_moments(entity):
    times = [*entity.business_time, *([entity.occurred_at] if entity.occurred_at else [])]
    assert {entity.by_name[name].kind.name for name in times} <= {"event_timestamp", "period_timestamp"}


@each_entity
def test_no_two_columns_read_the_same_source_field(entity):
    sources = [name for column in entity.columns for name in (column.source, *column.aliases)]
    assert len(sources) == len(set(sources))


@each_entity
def test_a_column_is_its_source_field_in_snake_case(entity):
    expected = [SPELT_OTHERWISE.get(c.source, to_snake(c.source.replace(".", "_"))) for c in entity.columns]
    assert list(entity.by_name) == expected


@each_entity
def test_a_model_says_its_grain_first_and_its_columns_speak_in_sentences(entity):
    assert entity.description.startswith("One row per ")
    said = [column.description for column in entity.columns] + [finding.description for finding in entity.findings]
    assert [text for text in said if not text.endswith(".")] == []


@each_entity
def test_a_closed_list_offers_the_value_that_replaces_an_unknown_one(entity):
    for column in entity.columns:
        if column.unknown != "keep":
            assert column.allowed
        assert column.unknown != "undefined" or "undefined" in column.allowed
        assert column.unknown != "null" or not column.required


@of_the_sources
def test_only_events_say_when_they_occurred(entity):
    event = entity.role == "recipient" or entity.object_type.startswith("customer-product-")
    assert (entity.occurred_at is not None) is event


def test_an_unusable_address_rejects_a_row_only_where_it_is_the_row_s_subject():
    rejecting = {f"{e.object_type}.{c.source}" for e in OF_THE_SOURCES for c in e.columns if c.unusable == "reject"}
    assert rejecting == {"customer-identity-email.email", "email-interaction.email", "sms-interaction.phoneNumber"}


def test_an_unknown_value_rejects_a_row_only_where_it_changes_key_or_meaning():
    rejecting = {c.source for e in OF_THE_SOURCES for c in e.columns if c.unknown == "reject"}
    assert rejecting == {"recordStatus", "addressType", "emailType", "status"}


def test_a_relationship_is_identified_by_its_customer_and_never_by_the_other_person():
    relationship = BY_NAME["customer_relationship"]
    assert {identifier.column for identifier in relationship.identifiers} == {
        "customer_id",
        "customer_phone_e164",
        "customer_email_normalized",
    }


def test_a_moego_lead_needs_no_phone_and_a_pango_lead_always_one():
    assert BY_NAME["lead_information"].by_name["phone"].required
    assert not BY_NAME["moego_lead"].by_name["phone"].required


def test_a_rating_beyond_any_scale_is_dropped_and_its_review_kept():
    rating = BY_NAME["customer_product_review"].by_name["rating"]
    assert (rating.lowest, rating.highest, rating.out_of_range) == (0, 10, "null")


def test_an_account_may_link_a_lead_and_a_browser_alone_may_not():
    lead = BY_OBJECT_TYPE["lead-information"]
    strength = {identifier.kind: identifier.strength for identifier in lead.identifiers}
    accounts = {"facebook_id", "zalo_id", "linkedin_id", "twitter_id", "instagram_id"}
    assert {strength[kind] for kind in ("phone", "email", *accounts)} == {"medium"}
    assert {strength["google_client_id"], strength["o2o_client_id"]} == {"weak"}


@each_entity
def test_every_phone_and_email_that_identifies_somebody_has_the_further_ones_of_its_cell_beside_it(entity):
    contacts = [identifier for identifier in entity.identifiers if identifier.kind in ("phone", "email")]
    assert {identifier.further_column for identifier in contacts} <= staged(entity)
