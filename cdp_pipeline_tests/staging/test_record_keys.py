from collections.abc import Callable
from hashlib import md5

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.staging.pipeline import Staged

ADDRESS = {"customer_id": "C1", "address_type": "Live", "system_name": "CRM", "internal_company_id": "ORG1"}


def digest(*parts: str) -> str:
    return f"{parts[0]}:{md5(chr(0x1F).join(parts).encode(), usedforsecurity=False).hexdigest()}"


def test_the_key_is_the_digest_of_namespace_and_natural_key(stage: Callable[..., Staged]) -> None:
    rows = stage(CUSTOMER_IDENTITY_ADDRESS, ADDRESS | {"start_time": 1584507164000}, ADDRESS).rows
    of_both = ("customer-identity-address", "ORG1", "CRM", "C1", "Live")
    assert rows["record_key"].to_list() == [digest(*of_both, "1584507164000"), digest(*of_both, "\x1e")]


def test_a_blank_namespace_has_a_key_of_its_own(stage: Callable[..., Staged]) -> None:
    rows = stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "system_name": " "}).rows
    assert rows["record_key"].to_list() == [digest("customer-identity", "-", "-", "C1")]


@pytest.mark.parametrize("other", [{"customer_id": "c1"}, {"system_name": "POS"}, {"internal_company_id": "ORG2"}])
def test_another_id_system_or_company_is_another_record(stage: Callable[..., Staged], other: dict[str, str]) -> None:
    row = {"customer_id": "C1", "system_name": "CRM", "internal_company_id": "ORG1"}
    assert stage(CUSTOMER_IDENTITY, row, row | other).rows["record_key"].n_unique() == 2


def test_spaces_the_envelope_and_an_alias_make_no_other_record(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "system_name": "CRM", "internal_company_id": "ORG1"},
        {"customer_id": " C1 ", "envelope_source": "CRM", "internal_company_id": "cop123"},
    ).rows
    assert rows["record_key"].n_unique() == 1


def test_an_address_in_other_letters_is_the_same_record(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY_EMAIL,
        {"customer_id": "C1", "email": "An@Example.com", "email_type": "Personal"},
        {"customer_id": "C1", "email": "an@example.com ", "email_type": "Business"},
    ).rows
    assert rows["record_key"].n_unique() == 1
