"""E-mail addresses: any spelling -> trimmed, lower case, NFC, by the rules of the email-validator library.

An expression decides plain ASCII addresses exactly. Every other distinct cell is split into addresses and the text
around them, and the library validates each address, without any DNS query. Reserved domains (`.test`, `.local`) are
accepted, as they are well formed; `identity/` decides whether such an address identifies a person. `entities/` declares
which columns are addresses.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from unicodedata import normalize

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

_ATOM: Final = r"[a-z0-9_!#$%&'*+/=?^`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PLAIN: Final = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z]{{2,}}$"
# Below this length no part of an address can be too long.
_SURELY_SHORT: Final = 63
# Four addresses of maximum length; a longer cell holds a text.
_LONGEST: Final = 1000
_ADDRESSES: Final = pl.List(pl.String())
# Two stars are legal in an address but not in use; exports that mask addresses write them.
_MASK: Final = "**"

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# None of these is allowed in an address without quotes.
_BETWEEN = re.compile(r"[,;:<>()\[\]\"\\|«»“”„、，；：\r\n\t]")
_JOINING: Final = frozenset({"or", "and", "hoặc", "hoac", "và"})
_LABELS: Final = frozenset({"email", "e-mail", "mail"})
_IN_FRONT: Final = "/'’‘`"
_BEHIND: Final = "/'’‘`.!…"
_SUBJECT = re.compile(r"(@[^?]*)\?.*")
_RESERVED = re.compile(r"\.(?:" + "|".join(re.escape(name) for name in SPECIAL_USE_DOMAIN_NAMES) + r")$", re.IGNORECASE)
_STAND_IN: Final = ".example"


class Emails(NamedTuple):
    """The addresses of a column's cells, trimmed and in lower case.

    Attributes:
        first: The first usable address of each cell, or null.
        further: The other usable addresses of each cell; null if there are none, which is usual.
    """

    first: pl.Series
    further: pl.Series


def read_emails(addresses: pl.Series) -> Emails:
    """The usable addresses of each cell; null where it is blank, masked or malformed.

    A display name, brackets, quotes, `mailto:` and punctuation around an address are removed. A word before an address,
    with only a space between, makes it unusable, as the space may have split the address.

    Args:
        addresses: E-mail addresses as sent.
    """
    spelled = pl.col("spelled").str.strip_chars().str.to_lowercase()
    # Step by step, as an eager frame evaluates an expression once per use.
    is_plain = (
        pl.col("spelled").str.contains(_PLAIN)
        & (pl.col("spelled").str.len_bytes() <= _SURELY_SHORT)
        & ~pl.col("spelled").str.contains_any(["--", _MASK])
    )
    cells = addresses.alias("spelled").to_frame().select(spelled).with_columns(is_plain=is_plain)
    decided = cells.select(
        first=pl.when("is_plain").then("spelled"),
        is_undecided=~pl.col("is_plain") & pl.col("spelled").str.contains("@", literal=True),
    )
    first, places = decided["first"], decided["is_undecided"].arg_true()
    further = pl.Series([None], dtype=_ADDRESSES).new_from_index(0, addresses.len())
    if not places.is_empty():
        # Python per distinct cell: the library validates one address at a time.
        cells = addresses.gather(places).alias("cell").to_frame()
        distinct = cells.unique()
        lists = pl.Series("read", [_read_cell(cell) for cell in distinct["cell"]], dtype=_ADDRESSES)
        found = cells.join(distinct.hstack([lists]), on="cell", how="left", maintain_order="left")["read"]
        first = first.scatter(places, found.list.first())
        several = found.list.len() > 1
        if several.any():
            every = pl.DataFrame({"place": pl.int_range(addresses.len(), dtype=pl.UInt32, eager=True)})
            known = pl.DataFrame({"place": places, "further": found.list.slice(1)}).filter(several)
            further = every.join(known, on="place", how="left", maintain_order="left")["further"]
    return Emails(first.alias(addresses.name), further.alias(addresses.name))


def normalize_emails(addresses: pl.Series) -> pl.Series:
    """The first usable address of each cell, or null; see `read_emails`."""
    return read_emails(addresses).first


def _read_cell(cell: str) -> list[str]:
    """The usable addresses of a cell, in order of appearance and without repetition."""
    if len(cell) > _LONGEST:
        return []
    text = normalize("NFC", _INVISIBLE.sub("", cell)).strip()
    whole = _normalized(text)
    found = [whole] if whole is not None else [_normalized(part) for part in _parts(text)]
    return list(dict.fromkeys(address for address in found if address is not None))


def _parts(text: str) -> Iterator[str]:
    """Candidates for addresses: each word with an @, unless the word before it may be a part of it."""
    for part in _BETWEEN.split(text):
        is_cut_off = False
        for word in part.split():
            if "@" in word:
                # A slash may be part of an address, too.
                addresses = word.split("/") if word.count("@") > 1 else [word]
                yield from (
                    _SUBJECT.sub(r"\1", address).lstrip(_IN_FRONT).rstrip(_BEHIND)
                    for address in addresses
                    if not is_cut_off
                )
                is_cut_off = False
            else:
                is_mark = not any(map(str.isalnum, word))
                is_cut_off = not is_mark and word.casefold() not in _JOINING | _LABELS


def _normalized(address: str) -> str | None:
    """One address normalised by the library; None if it is malformed or masked."""
    if "@" not in address or _MASK in address:
        return None
    # The library rejects reserved domains with any option, so another domain is appended for its check.
    reserved = _RESERVED.search(address) is not None
    try:
        found = validate_email(address + _STAND_IN if reserved else address, check_deliverability=False)
    except EmailNotValidError:
        return None
    normalized = found.normalized.lower()
    return normalized.removesuffix(_STAND_IN) if reserved else normalized


def match_emails(addresses: pl.Expr) -> pl.Expr:
    """Normalised addresses in the form in which they are compared; null stays null.

    Google ignores dots before the @ and everything after a plus sign, and delivers googlemail.com to the same mailbox
    (Gmail Help, "Dots don't matter in Gmail addresses" and "Send emails from a different address or alias"). Other
    providers distinguish such addresses, so theirs are not changed.
    """
    is_google = addresses.str.contains(r"^[^+].*@(?:gmail|googlemail)\.com$")
    local = addresses.str.extract(r"^([^@+]*)").str.replace_all(".", "", literal=True)
    return pl.when(is_google & (local != "")).then(local + "@gmail.com").otherwise(addresses)
