from datetime import date

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.as_of import newest_drop_date


def test_the_newest_drop_date_is_that_of_any_record_of_any_entity(records):
    records.add(CUSTOMER_IDENTITY, day=9, last_drop_date=date(2026, 1, 2))
    records.add(SMS_INTERACTION, None, last_drop_date=date(2026, 1, 3))
    records.add(SMS_INTERACTION, last_drop_date=date(2026, 1, 1))
    assert newest_drop_date(records.current) == date(2026, 1, 3)


def test_without_records_there_is_no_newest_drop_date(records):
    assert newest_drop_date(records.current) is None
