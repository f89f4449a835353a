import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_pipeline.values.email import normalize_emails


def usable(address: str | None) -> str | None:
    """What one cell gives."""
    return normalize_emails(pl.Series([address], dtype=pl.String)).item()


@pytest.mark.parametrize(
    "spelling",
    ["an.nguyen@example.com", " An.Nguyen@Example.COM ", "mailto:an.nguyen@example.com", "\u200ban.nguyen@example.com"],
)
def test_spellings_of_one_address_are_equal(spelling: str) -> None:
    assert usable(spelling) == "an.nguyen@example.com"


def test_an_international_domain_equals_its_ascii_form() -> None:
    assert usable("An@xn--bcher-kva.example") == usable("an@BÜCHER.example") == "an@bücher.example"


def test_composed_and_decomposed_letters_are_equal() -> None:
    assert usable("nguye\u0302\u0303n@example.com") == usable("nguyễn@example.com") == "nguyễn@example.com"


@pytest.mark.parametrize(
    "malformed",
    [None, "", " ", "an", "an@", "@example.com", "an@localhost", "an@example", "a..n@example.com", "an@-x.com",
     "an nguyen@example.com", "An <an@example.com>", "an@example.com, bi@example.com", "an@exam_ple.com", "an@1.2.3.4"],
)  # fmt: skip
def test_what_is_no_address_is_null(malformed: str | None) -> None:
    assert usable(malformed) is None


@pytest.mark.parametrize("domain", ["mail.test", "shop.local", "x.invalid", "printer.localhost"])
def test_a_reserved_domain_is_well_formed(domain: str) -> None:
    assert usable(f"An@{domain}") == f"an@{domain}"


def test_a_masked_address_is_unusable() -> None:
    assert usable("an***@gmail.com") is None


def test_the_rows_keep_their_order_and_name() -> None:
    addresses = pl.Series("email", ["b@x.vn", None, "bad@", "Ä@x.vn", "a@x.vn"])
    assert normalize_emails(addresses).equals(
        pl.Series("email", ["b@x.vn", None, None, "ä@x.vn", "a@x.vn"]), check_names=True
    )


@settings(deadline=None)
@given(st.text("ab1.-_+'@é ", min_size=3, max_size=80), st.text("ab1.-é", min_size=1, max_size=30))
def test_the_fast_way_agrees_with_the_library(local: str, domain: str) -> None:
    address = f"{local}@{domain}.vn"
    try:
        expected = validate_email(address.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        expected = None
    assert usable(address) == expected
