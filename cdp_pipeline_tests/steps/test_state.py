from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.steps.state import current_tables, gather_custom_fields, update_current

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


def test_the_newest_version_of_all_days_is_current_and_a_field_not_sent_stays(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, customerGroup="VIP"))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1, fullName="Nguyễn Văn Bình"))
    place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY)
    state = update_current(place.lake, CUSTOMER_IDENTITY)
    assert (state.records, state.keys, state.deleted, state.is_rebuilt) == (1, 1, 0, True)
    row = current_tables(place.lake, (CUSTOMER_IDENTITY,))["customer_identity"].collect().row(0, named=True)
    assert (row["full_name"], row["customer_group"]) == ("Nguyễn Văn Bình", "VIP")


def test_an_unchanged_entity_is_not_rebuilt_and_a_late_file_rebuilds_it(place, customer):
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    update_current(place.lake, CUSTOMER_IDENTITY)
    assert not update_current(place.lake, CUSTOMER_IDENTITY).is_rebuilt
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    state = update_current(place.lake, CUSTOMER_IDENTITY)
    assert (state.is_rebuilt, state.records) == (True, 2)


def test_an_entity_without_files_has_an_empty_current_table(place):
    assert update_current(place.lake, CUSTOMER_IDENTITY).records == 0


def test_custom_fields_of_all_entities_stand_in_one_table(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, customFieldTexts={"customField01": "tag:question"}))
    place.process(CUSTOMER_IDENTITY, DAY)
    update_current(place.lake, CUSTOMER_IDENTITY)
    assert gather_custom_fields(place.lake, (CUSTOMER_IDENTITY,)) == 1
    row = place.lake.scan("current", "custom_fields").collect().row(0, named=True)
    assert (row["container"], row["key"], row["text_value"]) == ("customFieldTexts", "customField01", "tag:question")
