"""Whether two names, or two descriptions of a person, can be one person's.

Works on match names (folded, lower case, sorted token sets joined by a space), never on positions: sources disagree
about which of first and last name is the family name (reading Q-4). Here stands what a shared phone or e-mail needs;
what can never be one person, however it is linked, stands in `vetoes.py`.
"""

import polars as pl

from cdp_pipeline.identity.documents import documents_contradict
from cdp_pipeline.identity.same_words import names_in_other_words
from cdp_pipeline.values.person_name import JOINT

GENERATION_YEARS = 14
"""Parents are at least so much older than their children; a smaller gap between years is more often a slip."""

_INITIAL = "(^| )[^ ]( |$)"

FEATURES = ("name_match", "nick_match", "birth_date", "birth_year", "gender", "identity_no", "passport_no")
"""How a record describes its person, as far as descriptions can contradict each other."""


def names_agree(a: str, b: str) -> pl.Expr:
    """Whether the match names in columns `a` and `b` do not contradict each other.

    They agree when one has no name, when one's tokens are all among the other's (a missing part or middle name), or
    when what is left over on one side are initials of what is left over on the other. At least one whole token must
    be common. A joint name (Nam & Hà) agrees with joint names only.
    """
    left, right = pl.col(a).str.split(" "), pl.col(b).str.split(" ")
    only_left, only_right = left.list.set_difference(right), right.list.set_difference(left)
    some_common = left.list.set_intersection(right).list.len() > 0
    left_over = _without_initials_of(only_left, only_right)
    right_over = _without_initials_of(only_right, only_left)
    subset = (left_over.list.len() == 0) | (right_over.list.len() == 0)
    one_person = some_common & subset & ~one_is_joint(a, b)
    return pl.col(a).is_null() | pl.col(b).is_null() | (pl.col(a) == pl.col(b)) | one_person


def one_is_joint(a: str, b: str) -> pl.Expr:
    """Whether one of the match names in columns `a` and `b` is that of two people, and the other is not; never null."""
    # The sign stands before all letters and digits.
    joint = [pl.col(name).str.starts_with(f"{JOINT} ") for name in (a, b)]
    return (joint[0] != joint[1]).fill_null(value=False)


def unequal_names_agree(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """What `names_agree` says of the names in columns `a` and `b`, which are there and differ, in a tenth of the time.

    Where no name has an initial, they agree when they have as many words in common as the shorter one has.
    """
    left, right = pl.col(a).str.split(" "), pl.col(b).str.split(" ")
    common = left.list.set_intersection(right).list.len()
    fewest = pl.min_horizontal(left.list.n_unique(), right.list.n_unique())
    has_initial = pl.any_horizontal(pl.col(a, b).str.contains(_INITIAL))
    agree = (common > 0) & (common == fewest) & ~one_is_joint(a, b)
    found = names.select(agree=agree, has_initial=has_initial)
    places = found["has_initial"].arg_true()
    if places.is_empty():
        return found["agree"]
    return found["agree"].scatter(places, names[places].select(names_agree(a, b)).to_series())


def called_agree(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether the names of two descriptions agree, nicknames allowed; never null.

    A name also agrees when all its words are among the other's names and nicknames, and as `names_in_other_words` says.

    Args:
        pairs: Columns `name_match` and `nick_match`, and the same ones with `suffix`.
        suffix: What the other description's columns end in.
    """
    name, nick = "name_match", "nick_match"
    other_name, other_nick = f"{name}{suffix}", f"{nick}{suffix}"
    # Most names are equal or missing on one side, and of the others the same two meet again and again; comparing words
    # costs a hundred times as much as comparing texts.
    names = pairs.select(name, nick, other_name, other_nick)
    places = names.select(pl.col(name) != pl.col(other_name)).to_series().fill_null(value=False).arg_true()
    if places.is_empty():
        return pl.repeat(value=True, n=pairs.height, eager=True)
    unequal = names[places]
    compared = unequal.unique()
    compared = compared.with_columns(agree=unequal_names_agree(compared, name, other_name))
    in_doubt = compared.select(~pl.col("agree") & ~one_is_joint(name, other_name)).to_series().arg_true()
    in_other_words = names_in_other_words(compared[in_doubt], name, other_name)
    compared = compared.with_columns(agree=compared["agree"].scatter(in_doubt, in_other_words))
    has_nick = pl.any_horizontal(pl.col(nick, other_nick).is_not_null())
    called = compared.filter(has_nick & ~pl.col("agree") & ~one_is_joint(name, other_name))
    called = called.with_columns(
        agree=_within_called(other_name, name, nick) | _within_called(name, other_name, other_nick)
    )
    compared = pl.concat([compared.join(called, on=names.columns, how="anti", nulls_equal=True), called])
    found = unequal.join(compared, on=names.columns, how="left", nulls_equal=True, maintain_order="left")["agree"]
    return pl.repeat(value=True, n=pairs.height, eager=True).scatter(places, found)


def contradiction(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Why two descriptions are two people's; null where nothing says so.

    `identity_numbers_differ` and `passports_differ` where they contradict, `names_differ` where they do not agree,
    `births_differ` where they contradict.

    Args:
        pairs: The columns of `FEATURES`, and the same ones with `suffix`.
        suffix: What the other description's columns end in.
    """
    same_name = called_agree(pairs, suffix)
    return pairs.select(
        pl.when(documents_contradict(pairs, "identity_no", suffix, same_name))
        .then(pl.lit("identity_numbers_differ"))
        .when(documents_contradict(pairs, "passport_no", suffix, same_name))
        .then(pl.lit("passports_differ"))
        .when(~same_name)
        .then(pl.lit("names_differ"))
        .when(births_contradict("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}"))
        .then(pl.lit("births_differ"))
    ).to_series()


def births_contradict(a: str, b: str, year_a: str, year_b: str) -> pl.Expr:
    """Whether birth dates `a` and `b`, and where one is missing the years, are two people's.

    Years contradict when a generation lies between them. Dates contradict also when two of year, month and day differ,
    unless day and month are only swapped, or one day lies between: one differing part, or a swap, is more often a slip
    of the keyboard, and a day an offset that was lost, than another person with the same name and contact.
    """
    return parts_differ(a, b) | a_generation_apart(year_a, year_b)


def a_generation_apart(year_a: str, year_b: str) -> pl.Expr:
    """Whether GENERATION_YEARS or more lie between two years of birth; never null, false where one is missing."""
    return ((pl.col(year_a) - pl.col(year_b)).abs() >= GENERATION_YEARS).fill_null(value=False)


def a_fathers_and_sons(a: str, b: str, year_a: str, year_b: str) -> pl.Expr:
    """Whether birth dates `a` and `b` are a generation apart and not only the year is another; never null."""
    return a_generation_apart(year_a, year_b) & parts_differ(a, b)


def parts_differ(a: str, b: str) -> pl.Expr:
    """Whether two of year, month and day differ between the dates `a` and `b`, not by a swap of two or by one day."""
    left, right = pl.col(a), pl.col(b)
    differing = pl.sum_horizontal(
        (left.dt.year() != right.dt.year()).cast(pl.Int8),
        (left.dt.month() != right.dt.month()).cast(pl.Int8),
        (left.dt.day() != right.dt.day()).cast(pl.Int8),
    )
    swapped = (
        (left.dt.year() == right.dt.year()) & (left.dt.month() == right.dt.day()) & (left.dt.day() == right.dt.month())
    )
    next_day = (left - right).dt.total_days().abs() <= 1
    return ((differing >= 2) & ~swapped & ~next_day).fill_null(value=False)


def tokens_within(part: str, whole: str) -> pl.Expr:
    """Whether all words of the match name in column `part` are among those of `whole`; false where one is missing."""
    rest = pl.col(part).str.split(" ").list.set_difference(pl.col(whole).str.split(" "))
    return (rest.list.len() == 0).fill_null(value=False)


def _within_called(part: str, name: str, nick: str) -> pl.Expr:
    called = pl.concat_list(pl.col(name).str.split(" "), pl.col(nick).str.split(" "))
    rest = pl.col(part).str.split(" ").list.set_difference(called)
    return (pl.col(nick).is_not_null() & (rest.list.len() == 0)).fill_null(value=False)


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
