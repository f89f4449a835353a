"""Whether two names, or two descriptions of a person, can be one person's.

Works on match names (folded, lower case, sorted token sets joined by a space), never on positions: sources disagree
about which of first and last name is the family name (reading Q-4).
"""

import polars as pl


def names_agree(a: str, b: str) -> pl.Expr:
    """Whether the match names in columns `a` and `b` do not contradict each other.

    They agree when one has no name, when one's tokens are all among the other's (a missing part or middle name), or
    when what is left over on one side are initials of what is left over on the other. At least one whole token must
    be common.
    """
    left, right = pl.col(a).str.split(" "), pl.col(b).str.split(" ")
    only_left, only_right = left.list.set_difference(right), right.list.set_difference(left)
    some_common = left.list.set_intersection(right).list.len() > 0
    left_over = _without_initials_of(only_left, only_right)
    right_over = _without_initials_of(only_right, only_left)
    subset = (left_over.list.len() == 0) | (right_over.list.len() == 0)
    return pl.col(a).is_null() | pl.col(b).is_null() | (pl.col(a) == pl.col(b)) | (some_common & subset)


def births_contradict(a: str, b: str) -> pl.Expr:
    """Whether the birth dates in columns `a` and `b` are two people's.

    They are when both are known and two of year, month and day differ. One differing part is more often a slip of the
    keyboard than another person with the same name and contact.
    """
    differing = pl.sum_horizontal(
        (pl.col(a).dt.year() != pl.col(b).dt.year()).cast(pl.Int8),
        (pl.col(a).dt.month() != pl.col(b).dt.month()).cast(pl.Int8),
        (pl.col(a).dt.day() != pl.col(b).dt.day()).cast(pl.Int8),
    )
    return (pl.col(a).is_not_null() & pl.col(b).is_not_null() & (differing >= 2)).fill_null(value=False)


def _without_initials_of(tokens: pl.Expr, others: pl.Expr) -> pl.Expr:
    """The tokens that are neither an initial of one of `others` nor begin with an initial among them."""
    initials = others.list.eval(pl.element().str.head(1))
    single_others = others.list.eval(pl.element().filter(pl.element().str.len_chars() == 1))
    matched_as_initial = tokens.list.eval(pl.element().filter(pl.element().str.len_chars() == 1)).list.set_intersection(
        initials
    )
    rest = tokens.list.set_difference(matched_as_initial)
    spelled_out = rest.list.eval(pl.element().str.head(1)).list.set_intersection(single_others)
    return (
        pl.when(spelled_out.list.len() > 0)
        .then(rest.list.head(rest.list.len() - spelled_out.list.len()))
        .otherwise(rest)
    )
