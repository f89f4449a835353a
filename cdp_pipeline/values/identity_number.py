"""Numbers of identity documents, such as identity cards and passports: any spelling -> letters and digits, upper case.

Only the form is normalised; placeholders (`123456789`) are listed in `placeholders.toml`.
"""

from typing import Final

import polars as pl

# A single x may be a letter of the number; two in a row hide something.
_MASKED: Final = r"[*•]|[xX]{2}"
_NOT_PLAIN: Final = r"[^0-9A-Z]|^$"
_NOT_ASCII: Final = r"[^\x00-\x7F]"


def normalize_identity_numbers(numbers: pl.Series) -> pl.Series:
    """Letters and digits of each document number in upper case; null where it is blank, masked or has neither."""
    irregular = numbers.str.contains(_NOT_PLAIN) | numbers.str.contains(_MASKED)
    if not irregular.any():
        return numbers
    places = irregular.arg_true()
    spelled = numbers.gather(places)
    if spelled.str.contains(_NOT_ASCII).any():
        spelled = spelled.str.normalize("NFKC")
    plain = spelled.str.replace_all(r"[^\p{L}\p{N}]", "").str.to_uppercase()
    return numbers.clone().scatter(places, plain.set(spelled.str.contains(_MASKED) | (plain == ""), None))
