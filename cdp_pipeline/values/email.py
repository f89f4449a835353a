"""E-mail addresses: any spelling -> trimmed, lower case, NFC, by the rules of the email-validator library.

An expression decides plain ASCII addresses exactly; every other distinct value goes through the library, without any
DNS question. Reserved domains (`.test`, `.local`) are accepted, as they are well formed; whether such an address says
who somebody is, `identity/` decides. Which columns are addresses stands in `entities/`.
"""

import re
from typing import Final

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

_ATOM: Final = r"[a-z0-9_!#$%&'*+/=?^`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PLAIN: Final = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z]{{2,}}$"
# Below this length no part of an address can be too long.
_SURELY_SHORT: Final = 63
# Two stars are legal in an address and used in none; exports that hide addresses write them.
_MASK: Final = r"\*\*"

_INVISIBLE: Final = " \t\r\n\u00a0\u200b\u2060\ufeff"
_RESERVED = re.compile(r"\.(?:" + "|".join(re.escape(name) for name in SPECIAL_USE_DOMAIN_NAMES) + r")$", re.IGNORECASE)
_STAND_IN: Final = ".example"


def normalize_emails(addresses: pl.Series) -> pl.Series:
    """Each address trimmed and in lower case, or null where it is blank, masked or malformed.

    A leading `mailto:` is dropped; an address with a display name around it is malformed.
    """
    spelled = addresses.str.strip_chars().str.to_lowercase().str.strip_prefix("mailto:")
    possible = spelled.str.contains("@", literal=True) & ~spelled.str.contains(_MASK)
    plain = spelled.str.contains(_PLAIN) & ~spelled.str.contains("--", literal=True)
    decided = possible & plain & (spelled.str.len_bytes() <= _SURELY_SHORT)
    places = (possible & ~decided).arg_true()
    undecided = addresses.gather(places).alias("address").to_frame()
    # Python per distinct value: the library knows one address at a time.
    answers = undecided.unique()
    answers = answers.with_columns(
        pl.Series("answer", [_normalized(address) for address in answers["address"]], dtype=pl.String)
    )
    found = undecided.join(answers, on="address", how="left", maintain_order="left")["answer"]
    return spelled.set(~decided, None).scatter(places, found).alias(addresses.name)


def _normalized(address: str) -> str | None:
    """One address by the library, or null when it is malformed."""
    text = re.sub(r"^mailto:", "", address.strip(_INVISIBLE), flags=re.IGNORECASE)
    # The library refuses reserved domains whatever is asked of it, so another one stands in behind them.
    reserved = _RESERVED.search(text) is not None
    try:
        found = validate_email(text + _STAND_IN if reserved else text, check_deliverability=False)
    except EmailNotValidError:
        return None
    normalized = found.normalized.lower()
    return normalized.removesuffix(_STAND_IN) if reserved else normalized


def match_emails(addresses: pl.Expr) -> pl.Expr:
    """Normalised addresses in the form in which they are compared; null stays null.

    Google ignores dots in the part before the @ and everything behind a plus sign, and delivers googlemail.com to the
    same mailbox (Gmail Help, "Dots don't matter in Gmail addresses" and "Send emails from a different address or
    alias"). Other providers tell such addresses apart, so theirs are compared as they are.
    """
    is_google = addresses.str.contains(r"^[^+].*@(?:gmail|googlemail)\.com$")
    local = addresses.str.extract(r"^([^@+]*)").str.replace_all(".", "", literal=True)
    return pl.when(is_google & (local != "")).then(local + "@gmail.com").otherwise(addresses)
