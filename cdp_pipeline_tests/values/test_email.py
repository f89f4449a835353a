import time

import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, strategies as st

from cdp_pipeline.values.email import match_emails, normalize_emails, read_emails


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
     "an nguyen@example.com", "an@exam_ple.com", "an@1.2.3.4", "an@bi@example.com", "an @example.com"],
)  # fmt: skip
def test_what_is_no_address_is_null(malformed: str | None) -> None:
    assert usable(malformed) is None


@pytest.mark.parametrize(
    "spelling",
    ["<an@x.vn>", "An <an@x.vn>", '"Lê, An" <an@x.vn>', '"an@x.vn"', "'an@x.vn'", "“an@x.vn”", "an@x.vn.", "an@x.vn,",
     "an@x.vn ;", "an@x.vn!", "(an@x.vn)", "MAILTO:an@x.vn?subject=hello", "E-mail: an@x.vn", "email an@x.vn",
     "an@x.vn (chị An)", "an@x.vn - chị An", "an@x.vn\u200e", "\u202aan@x.vn\u202c"],
)  # fmt: skip
def test_what_stands_around_an_address_is_dropped(spelling: str) -> None:
    assert usable(spelling) == "an@x.vn"


@pytest.mark.parametrize(
    "between",
    ["; ", ",", " / ", "/", " ", "\n", "\t", "|", " ::: ", "、", " & ", " - ", " hoặc ", " or ", "\\", ".;"],
)
def test_a_cell_with_two_addresses_gives_both(between: str) -> None:
    first, further = read_emails(pl.Series("email", [f"An@x.vn{between}an@y.vn", "bi@x.vn"]))
    assert first.equals(pl.Series("email", ["an@x.vn", "bi@x.vn"]), check_names=True)
    assert further.equals(pl.Series("email", [["an@y.vn"], None]), check_names=True)


def test_a_cell_gives_only_its_usable_addresses_and_each_once() -> None:
    cells = pl.Series(["an***@x.vn; bi@x.vn", "an@x.vn, AN@X.VN", "o'an@x.vn; a/b@y.vn", "An <an@x.vn>, Bi <bi@y.vn>"])
    first, further = read_emails(cells)
    assert first.to_list() == ["bi@x.vn", "an@x.vn", "o'an@x.vn", "an@x.vn"]
    assert further.to_list() == [None, None, ["a/b@y.vn"], ["bi@y.vn"]]


@pytest.mark.parametrize("cell", ["a" * 16_000 + "@x.vn", "a@" * 8_000, "an@x.vn" + " " * 16_000 + ";", "@" * 16_000])
def test_a_cell_of_great_length_costs_nothing(cell: str) -> None:
    begin = time.perf_counter()
    assert normalize_emails(pl.Series([f"{cell}{number}" for number in range(100)])).null_count() == 100
    assert time.perf_counter() - begin < 1


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


@given(st.text("ab1.-_+'@é ", min_size=3, max_size=80), st.text("ab1.-é", min_size=1, max_size=30))
def test_the_fast_way_agrees_with_the_library(local: str, domain: str) -> None:
    address = f"{local}@{domain}.vn"
    try:
        expected = validate_email(address.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        expected = None
    # Of what the library refuses, a part may be an address.
    if expected is not None or not set(" '@") & set(local):
        assert usable(address) == expected


def compared(address: str | None) -> str | None:
    """The form in which one address is compared."""
    return pl.select(match_emails(pl.lit(address, pl.String))).item()


@pytest.mark.parametrize(
    "spelling",
    ["annguyen@gmail.com", "an.nguyen@gmail.com", "a.n.nguyen+shop.vn@gmail.com", "an.nguyen@googlemail.com"],
)
def test_addresses_of_one_google_mailbox_are_compared_as_one(spelling: str) -> None:
    assert compared(spelling) == "annguyen@gmail.com"


@pytest.mark.parametrize(
    "address",
    [
        "an.nguyen+shop@yahoo.com",
        "an.nguyen@gmail.com.vn",
        "an.nguyen@notgmail.com",
        "an@mail.gmail.com",
        "+shop@gmail.com",
    ],
)
def test_other_addresses_are_compared_as_they_are(address: str) -> None:
    assert compared(address) == address


def test_no_address_is_compared_as_none() -> None:
    assert compared(None) is None


locals_in_use = st.from_regex(r"[a-z0-9]{1,8}([.+-][a-z0-9]{1,8}){0,4}", fullmatch=True)


@given(locals_in_use, st.sampled_from(["gmail.com", "googlemail.com", "yahoo.com", "company.vn"]))
def test_what_is_compared_is_an_address_that_is_compared_as_itself(local: str, domain: str) -> None:
    found = compared(f"{local}@{domain}")
    assert found is not None
    assert usable(found) == compared(found) == found


@given(locals_in_use, st.integers(0, 40), st.text("abc.+", max_size=6))
def test_dots_and_suffixes_never_tell_google_mailboxes_apart(local: str, place: int, suffix: str) -> None:
    at = 1 + place % len(local)
    assert compared(f"{local[:at]}.{local[at:]}+{suffix}@gmail.com") == compared(f"{local}@googlemail.com")


@given(
    st.lists(st.one_of(st.sampled_from(["an@x.vn", "<", ">", "; ", "mailto:", '"']), st.text(max_size=8))).map("".join)
)
def test_whatever_stands_in_a_cell_its_addresses_are_read_as_themselves(cell: str) -> None:
    first, further = read_emails(pl.Series([cell]))
    for address in [*first.drop_nulls(), *further.explode().drop_nulls()]:
        assert usable(address) == address
