from collections.abc import Callable

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.staging.pipeline import Staged


def test_the_system_is_the_rows_and_else_its_envelopes(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "system_name": " CRM ", "envelope_source": "POS"},
        {"customer_id": "C2", "system_name": " ", "envelope_source": "POS "},
        {"customer_id": "C3"},
    ).rows
    assert rows["system_name"].to_list() == ["CRM", "POS", None]


def test_a_lead_of_moego_is_of_moego_whatever_its_envelope_says(stage: Callable[..., Staged]) -> None:
    rows = stage(MOEGO_LEAD, {"id": "ldg1", "email": "an@example.com", "envelope_source": "Export"}).rows
    assert rows["system_name"].to_list() == ["MoeGo"]


def test_a_company_is_known_by_its_alias_and_null_when_blank(stage: Callable[..., Staged]) -> None:
    companies = [" cop123", "ORG1", "ORG2", " ", None]
    rows = stage(CUSTOMER_IDENTITY, *({"customer_id": "C1", "internal_company_id": c} for c in companies)).rows
    assert rows["company_id"].to_list() == ["ORG1", "ORG1", "ORG2", None, None]
    assert rows["internal_company_id"].to_list()[:2] == ["cop123", "ORG1"]
    assert stage(MOEGO_LEAD, {"id": "ldg1", "company_id": "cop123"}).rows["company_id"].to_list() == ["ORG1"]


def test_identifiers_are_trimmed_and_keep_their_case_and_zeros(stage: Callable[..., Staged]) -> None:
    rows = stage(CUSTOMER_IDENTITY, {"customer_id": " 00c1 "}).rows
    assert rows.select("customer_id", "source_id").row(0) == ("00c1", "00c1")


def test_ids_systems_and_companies_that_look_alike_name_one_record(stage: Callable[..., Staged]) -> None:
    an = {"customer_id": "C1", "system_name": "CRM", "internal_company_id": "ORG1"}
    sent = [
        an,
        an | {"customer_id": "C\u200b1"},
        an | {"system_name": "CRM\ufeff"},
        an | {"internal_company_id": "ORG1\u200b"},
    ]
    assert stage(CUSTOMER_IDENTITY, *sent).rows["record_key"].n_unique() == 1
