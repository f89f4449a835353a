import polars as pl
import pytest

from cdp_pipeline.identity.blocked import is_blocked, read_blocked_values


@pytest.mark.parametrize(
    ("kind", "value", "blocked"),
    [
        ("phone", "+84912345678", False),
        ("phone", "+84999999999", True),  # a run of one digit
        ("phone", "+84123456789", True),  # typed along the keyboard
        ("phone", "+8418001234", True),  # a hotline
        ("phone", "+8419001234", True),
        ("email", "an.nguyen@example.com", False),
        ("email", "test@example.com", True),
        ("email", "testa.rossa@example.com", False),
        ("email", "noemail@example.com", True),
        ("email", "no-reply@example.com", True),
        ("email", "info@shop.vn", True),  # a role mailbox
        ("email", "an@host.invalid", True),  # a domain nobody can have
        ("customer_id", "ORG1|CRM|C1", False),
        ("customer_id", "ORG1|Website|Guest", True),
        ("customer_id", "-|-|0000", True),
        ("identity_no", "079188001234", False),
        ("identity_no", "000000000000", True),
    ],
)
def test_a_value_that_is_nobodys_is_blocked(kind: str, value: str, blocked: bool) -> None:
    frame = pl.DataFrame({"kind": [kind], "value": [value]})
    assert frame.select(is_blocked("kind", "value", read_blocked_values())).item() is blocked
