"""Values that say nothing although something is written: which texts are no id.

A placeholder is missing information. As the id of its own record it rejects the row, as nobody could tell whose record
it is; as a reference it names nobody (`identity/identity_rules.toml` lists those). The list is short on purpose: each
text on it is written by programs and spreadsheets where an id is missing, and by no system as an id.
"""

from typing import Final

import polars as pl

NO_IDS: Final = frozenset(
    {
        # What programs write for a missing value,
        "null", "(null)", "nil", "nan", "none", "undefined", "\\n", "nat", "<na>", "<null>",
        # what people write for one,
        "n/a", "n.a.", "na", "-", "--", "---", ".", "?", "unknown", "anonymous", "guest", "khách", "khách lẻ",
        # and what spreadsheets write for an error.
        "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#spill!", "#calc!", "#getting_data",
    }
)  # fmt: skip
"""Texts in lower case that are no id."""

# A counter never begins at 0, which is what an empty number is cast to.
_ZEROS: Final = r"^0+$"
# The digits behind the exponent are lost: 1.23457E+11 was many different numbers.
_SCIENTIFIC: Final = r"^[+-]?[0-9](?:[.,][0-9]+[eE][+]?|[eE][+])[0-9]{1,3}$"


def is_no_id(cells: pl.Expr) -> pl.Expr:
    """Whether each cleaned text is a placeholder, or a number of which a spreadsheet has lost digits; null for null."""
    return cells.str.to_lowercase().is_in(NO_IDS) | cells.str.contains(_ZEROS) | cells.str.contains(_SCIENTIFIC)
