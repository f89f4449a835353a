"""Names of unknown fields beside the values of people of the same day."""

from collections import Counter

import pytest

from cdp_pipeline.deliveries.unknown_fields import hide_values
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY

HOA = {"full_name": "Trần Thị Hoa", "email": "hoa@example.com", "system_name": "POS"}
HIDDEN = "drift:(not an identifier)"


@pytest.mark.parametrize("key", ["Hoa", "hoa", "TranThiHoa", "tran_thi_hoa", "Trần Thị Hoa", "hoa.example.com"])
def test_a_field_named_as_a_value_of_a_person_is_counted_without_its_name(staged, key: str) -> None:
    rows = staged(CUSTOMER_IDENTITY, HOA).lazy()
    assert hide_values({f"drift:{key}": 3, "format:a": 1}, rows, CUSTOMER_IDENTITY) == {
        HIDDEN: 3,
        "format:a": 1,
    }


@pytest.mark.parametrize("key", ["tier", "Điểm thưởng", "pos", "Ho", "TranThi"])
def test_any_other_field_is_shown(staged, key: str) -> None:
    rows = staged(CUSTOMER_IDENTITY, HOA).lazy()
    assert hide_values({f"drift:{key}": 3}, rows, CUSTOMER_IDENTITY) == {f"drift:{key}": 3}


def test_hidden_fields_are_counted_together(staged) -> None:
    rows = staged(CUSTOMER_IDENTITY, HOA, HOA | {"full_name": "Lê An"}).lazy()
    found = Counter({"drift:Hoa": 1, "drift:An": 2, HIDDEN: 4, "drift:tier": 1})
    assert hide_values(found, rows, CUSTOMER_IDENTITY) == {HIDDEN: 7, "drift:tier": 1}


def test_a_name_that_became_a_field_reaches_no_report(place, customer) -> None:
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", customer(1, fullName="Lê Hoa"), customer(2, Hoa="x", tier="gold"))
    done = place.process(CUSTOMER_IDENTITY, "2026-11-16")
    assert {rule for rule in done.findings if rule.startswith("drift:")} == {HIDDEN, "drift:tier"}
