"""Names of unknown fields beside the values of people of the same day."""

from collections import Counter

import pytest

from cdp_pipeline.deliveries.unknown_fields import hide_values, personal_values
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.validation import REJECTED_WITH_FIELDS

HOA = {"full_name": "Trần Thị Hoa", "email": "hoa@example.com", "system_name": "POS"}
HIDDEN = "drift:(not an identifier)"


def values_of(staged):
    return personal_values(staged.lazy(), REJECTED_WITH_FIELDS.empty().lazy(), CUSTOMER_IDENTITY)


@pytest.mark.parametrize("key", ["Hoa", "hoa", "TranThiHoa", "tran_thi_hoa", "Trần Thị Hoa", "hoa.example.com"])
def test_a_field_named_as_a_value_of_a_person_is_counted_without_its_name(staged, key: str) -> None:
    values = values_of(staged(CUSTOMER_IDENTITY, HOA))
    assert hide_values({f"drift:{key}": 3, "format:a": 1}, values) == {
        HIDDEN: 3,
        "format:a": 1,
    }


@pytest.mark.parametrize("key", ["tier", "Điểm thưởng", "pos", "Ho", "TranThi"])
def test_any_other_field_is_shown(staged, key: str) -> None:
    values = values_of(staged(CUSTOMER_IDENTITY, HOA))
    assert hide_values({f"drift:{key}": 3}, values) == {f"drift:{key}": 3}


def test_hidden_fields_are_counted_together(staged) -> None:
    values = values_of(staged(CUSTOMER_IDENTITY, HOA, HOA | {"full_name": "Lê An"}))
    found = Counter({"drift:Hoa": 1, "drift:An": 2, HIDDEN: 4, "drift:tier": 1})
    assert hide_values(found, values) == {HIDDEN: 7, "drift:tier": 1}


def test_a_name_that_became_a_field_reaches_no_report(place, customer) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1, fullName="Lê Hoa"), customer(2, Hoa="x", tier="gold"))
    done = place.process(CUSTOMER_IDENTITY, "2026-11-16")
    assert {rule for rule in done.findings if rule.startswith("drift:")} == {HIDDEN, "drift:tier"}


def test_names_of_rejected_rows_count_too(place, customer) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1, customerId="", fullName="Lê Hoa", Hoa="x", tier="gold"))
    done = place.process(CUSTOMER_IDENTITY, "2026-11-16")
    assert (done.accepted, done.rejected) == (0, 1)
    assert {rule for rule in done.findings if rule.startswith("drift:")} == {HIDDEN, "drift:tier"}
