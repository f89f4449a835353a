"""May this person be e-mailed, may they be texted? One case per line, from source records to the profile's answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.profiles.contacts.consent_decisions import decide_consents
from cdp_pipeline.profiles.contacts.consents import build_profile_consents
from cdp_pipeline_tests.profiles.conftest import Records

Record = tuple[Entity, int, dict[str, Any]]
YES, NO, OPEN = True, False, None


def lead(day: int, single: str | None = None, double: str | None = None) -> Record:
    return LEAD_INFORMATION, day, {"single_opt_in": single, "double_opt_in": double}


def sub(day: int | None, email: bool | None, phone: bool | None, status: str = "Subscribed") -> Record:
    said = {"subscribe_email": email, "subscribe_phone": phone, "status": status}
    return CUSTOMER_PRODUCT_SUBSCRIBER, day or 1, {**said, "subscribe_at": day and at(day)}


def moego(day: int, config: str) -> Record:
    return MOEGO_LEAD, day, {"compliance_config": "{" + config + "}"}


def mail(day: int, event: str) -> Record:
    return EMAIL_INTERACTION, day, {"event": event, "event_at": at(day)}


def text(day: int, event: str) -> Record:
    return SMS_INTERACTION, day, {"event": event, "event_at": at(day)}


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


EMAIL, SMS = '"COMPLIANCE_CHANNEL_EMAIL"', '"COMPLIANCE_CHANNEL_SMS"'
LISTED = f'"marketingCampaignsChannels":[{EMAIL}]'
WRAPPED = '"marketingCampaignsChannels":{"channels":[' + EMAIL + "]}"
AGREED, DISAGREED = '"isAgreedMarketingPolicy":true', '"isAgreedMarketingPolicy":false'

CASES = [
    ("nobody said anything", [lead(1)], OPEN, OPEN),
    ("single opt-in", [lead(1, "Yes")], YES, YES),
    ("double opt-in", [lead(1, None, "Yes")], YES, YES),
    ("single No but confirmed in two steps", [lead(1, "No", "Yes")], YES, YES),
    ("single opt-in, confirmation never came", [lead(1, "Yes", "No")], YES, YES),
    ("single No", [lead(1, "No")], NO, NO),
    ("both No", [lead(1, "No", "No")], NO, NO),
    ("subscriber allows e-mail only", [sub(1, True, False)], YES, NO),
    ("subscriber's missing flag is unknown", [sub(1, True, None)], YES, OPEN),
    ("Unsubscribed overrides both flags (Q-20)", [sub(1, True, True, "Unsubscribed")], NO, NO),
    ("subscriber without a moment", [sub(None, True, None)], YES, OPEN),
    ("MoeGo flat list, agreed", [moego(1, f"{LISTED},{AGREED}")], YES, NO),
    ("MoeGo wrapped list, agreed", [moego(1, f"{WRAPPED},{AGREED}")], YES, NO),
    ("MoeGo listed but agreement missing", [moego(1, LISTED)], OPEN, NO),
    ("MoeGo listed but not agreed", [moego(1, f"{LISTED},{DISAGREED}")], NO, NO),
    ("MoeGo agreed but list missing", [moego(1, AGREED)], OPEN, OPEN),
    ("MoeGo agreed but list empty", [moego(1, f'"marketingCampaignsChannels":[],{AGREED}')], NO, NO),
    ("MoeGo wrapper empty", [moego(1, f'"marketingCampaignsChannels":{{}},{AGREED}')], NO, NO),
    ("MoeGo isConsented false ends all", [moego(1, f'{LISTED},{AGREED},"isConsented":false')], NO, NO),
    ("MoeGo isConsented missing is no refusal", [moego(1, f'{LISTED},{AGREED},"isConsented":null')], YES, NO),
    ("MoeGo service channels are no marketing", [moego(1, f'"serviceRelatedChannels":[{EMAIL},{SMS}]')], OPEN, OPEN),
    ("MoeGo unknown member is not consent", [moego(1, f'"marketingCampaignsChannels":["X"],{AGREED}')], NO, NO),
    ("unsubscribed from e-mail later", [lead(1, "Yes"), mail(2, "unsubscribed")], NO, YES),
    ("unsubscribed, later opted in again", [mail(1, "unsubscribed"), lead(2, "Yes")], YES, YES),
    ("unsubscribed at the same moment", [lead(1, "Yes"), mail(1, "unsubscribed")], NO, YES),
    ("complained of spam", [lead(1, "Yes"), mail(3, "spamreport")], NO, YES),
    ("texted STOP", [sub(1, True, True), text(2, "STOP")], YES, NO),
    ("opened and clicked is no consent", [mail(1, "opened"), mail(2, "clicked")], OPEN, OPEN),
    ("a hard bounce is no refusal", [lead(1, "Yes"), mail(2, "hardBounce")], YES, YES),
    ("two leads, the later refuses", [lead(1, "Yes"), lead(5, "No")], NO, NO),
    ("two leads, the later consents", [lead(1, "No"), lead(5, "Yes")], YES, YES),
    ("an open word later undoes nothing", [lead(1, "Yes"), sub(5, None, None)], YES, YES),
    ("subscriber refuses SMS after a lead's yes", [lead(1, "Yes"), sub(2, None, False)], YES, NO),
    ("MoeGo refuses after Pango's yes", [lead(1, "Yes"), moego(2, f"{LISTED},{DISAGREED}")], NO, NO),
    ("left one product, stays with another", [sub(1, True, True, "Unsubscribed"), sub(2, True, True)], YES, YES),
]


@pytest.fixture(scope="module", params=[False, True], ids=["", "shuffled"])
def decided(request: pytest.FixtureRequest) -> dict[str, tuple[bool | None, bool | None]]:
    """What is decided of the people of all cases, who are called by them; without those of whom nothing is said."""
    records = Records()
    for case, said, *_ in CASES:
        for entity, day, columns in said:
            records.add(entity, case, day, **columns)
    world = records.reversed() if request.param else records
    consents = build_profile_consents(world.current, world.record_persons)
    rows = decide_consents(consents).select("person_id", "can_email", "can_sms").collect().rows()
    assert len(rows) == len({person for person, *_ in rows})
    return {person: (email, sms) for person, email, sms in rows}


@pytest.mark.parametrize(("case", "email", "sms"), [(c[0], *c[2:]) for c in CASES], ids=[c[0] for c in CASES])
def test_consent(decided, case: str, email: bool | None, sms: bool | None) -> None:
    assert decided.get(case, (None, None)) == (email, sms)


def test_a_deleted_record_says_nothing(records) -> None:
    records.add(LEAD_INFORMATION, person=None, single_opt_in="Yes", is_deleted=True)
    assert decide_consents(build_profile_consents(records.current, records.record_persons)).collect().is_empty()
