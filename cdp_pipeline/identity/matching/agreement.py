"""Comparison of two names, document numbers or descriptions of a person, for contradictions.

Match names are folded, in lower case, and sorted sets of words; positions mean nothing, as sources disagree about which
of first and last name is the family name (reading Q-4). Names are compared word by word, by initials and by missing
words, and then as spellings of one name (Anna Marie and Annamarie). A CMND (nine digits) was replaced by a CCCD (twelve
digits), a new passport has a new series, a spreadsheet loses leading zeros, and a clerk mistypes one digit: any other
two valid numbers of one kind belong to two people.

These rules are for records that share a phone or e-mail. The rules that separate two records whatever links them are in
`clustering/vetoes.py`.
"""

from typing import Final, Literal

import polars as pl

from cdp_pipeline.values.person_name import JOINT, read_nicknames
from cdp_pipeline.values.text_distance import damerau_levenshtein

_LONGEST_CMND = 9
_SERIES = r"^[A-Z]*"
_WHOLE = r"^(?:[0-9]{8,12}|[A-Z][0-9]{7,8})$"


def documents_contradict(
    pairs: pl.DataFrame, kind: Literal["identity_no", "passport_no"], suffix: str, same_name: pl.Series
) -> pl.Series:
    """Whether the two numbers of each pair belong to two people; never null, false if one is missing.

    A CMND and a CCCD do not contradict each other, nor do two passports of different series if the birth dates are
    equal. A single typo contradicts only if the names differ: numbers of twins may differ in one digit.

    Args:
        pairs: The number and `birth_date`, and the same with `suffix`.
        kind: Which number.
        suffix: The suffix of the other side's columns.
        same_name: Whether the names of each pair can be one person's.
    """
    differ = (pl.col(kind) != pl.col(f"{kind}{suffix}")).fill_null(value=False)
    places = pairs.select(differ).to_series().arg_true()
    none = pl.repeat(value=False, n=pairs.height, eager=True)
    if places.is_empty():
        return none
    unequal = pairs.select(
        a=pl.col(kind).str.strip_chars_start("0"),
        b=pl.col(f"{kind}{suffix}").str.strip_chars_start("0"),
        same_birth=(pl.col("birth_date") == pl.col(f"birth_date{suffix}")).fill_null(value=False),
        same_name=same_name,
    )[places]
    is_typo = (damerau_levenshtein(unequal["a"], unequal["b"]) <= 1) & unequal["same_name"]
    is_successor = _other_generation() if kind == "identity_no" else _other_series() & pl.col("same_birth")
    contradict = unequal.select((pl.col("a") != pl.col("b")) & ~is_successor & ~is_typo).to_series()
    return none.scatter(places, contradict)


def is_whole_number(column: str) -> pl.Expr:
    """Whether a number has the form of a CMND or CCCD, with or without leading zeros, or of a passport; never null."""
    return pl.col(column).str.contains(_WHOLE).fill_null(value=False)


def _other_generation() -> pl.Expr:
    lengths = [pl.col(number).str.len_chars() for number in ("a", "b")]
    is_old = [length <= _LONGEST_CMND for length in lengths]
    return is_old[0] != is_old[1]


def _other_series() -> pl.Expr:
    series, other = (pl.col(number).str.extract(_SERIES, 0) for number in ("a", "b"))
    return (series != other) | (pl.col("a").str.len_chars() != pl.col("b").str.len_chars())


_PLACE: Final = "place"


def names_in_other_words(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """Whether the match names in columns `a` and `b`, not null and different, are spellings of one name; never null.

    They are if they differ only in where words are joined. They are also if, with short forms replaced by the full
    forms, all words of one are words of the other, and at least one word (the family name) is common unreplaced.
    """
    return is_split(names, a, b) | _by_nicknames(names, a, b)


def is_split(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """Whether the names differ only in where words are joined: the same letters in a different number of words."""
    words = [pl.col(name).str.count_matches(" ", literal=True) for name in (a, b)]
    length = [pl.col(name).str.len_chars() - count for name, count in zip((a, b), words, strict=True)]
    found = names.with_row_index(_PLACE).filter((length[0] == length[1]) & (words[0] != words[1]))
    letters = [pl.col(name).str.replace_all(" ", "").str.split("").list.sort().list.join("") for name in (a, b)]
    return _flags(names.height, found.filter(letters[0] == letters[1]))


def _by_nicknames(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    listed = read_nicknames().explode("formals")
    whole = [f" {word} " for word in listed["word"].unique()]
    # Few names contain a listed word, and comparing words costs more than searching the text.
    has_listed = [pl.format(" {} ", name).str.contains_any(whole) for name in (a, b)]
    words = [pl.col(name).str.split(" ") for name in (a, b)]
    rest = (
        names.with_row_index(_PLACE)
        .filter(pl.all_horizontal(has_listed))
        .select(
            _PLACE,
            left=words[0].list.set_difference(words[1]),
            right=words[1].list.set_difference(words[0]),
            has_common=words[0].list.set_intersection(words[1]).list.len() > 0,
        )
    )
    rest = rest.filter("has_common").filter((pl.col("left").list.len() > 0) & (pl.col("right").list.len() > 0))
    formals = {
        side: rest.select(_PLACE, word=side).explode("word", empty_as_null=False).join(listed, on="word")
        for side in ("left", "right")
    }
    short = formals["left"].join(formals["right"], on=[_PLACE, "formals"], suffix="_right")
    matched = short.group_by(_PLACE).agg(left_one="word", right_one="word_right")
    found = rest.join(matched, on=_PLACE).filter(
        (pl.col("left").list.set_difference("left_one").list.len() == 0)
        | (pl.col("right").list.set_difference("right_one").list.len() == 0)
    )
    return _flags(names.height, found)


def _flags(height: int, found: pl.DataFrame) -> pl.Series:
    return pl.repeat(value=False, n=height, eager=True).scatter(found[_PLACE], values=True)


GENERATION_YEARS = 14
"""The least number of years between a parent and a child; a smaller difference is more often a typo."""

_INITIAL = "(^| )[^ ]( |$)"

FEATURES = ("name_match", "nick_match", "birth_date", "birth_year", "gender", "identity_no", "passport_no")
"""The columns of a description: the attributes in which two records can contradict each other."""


def names_agree(a: str, b: str) -> pl.Expr:
    """Whether the match names in columns `a` and `b` agree.

    A null name agrees with every name. Two names agree if all tokens of one are tokens of the other (a missing part or
    middle name), or if the remaining tokens of one are initials of the remaining tokens of the other. They must have at
    least one whole token in common. A joint name (Nam & Hà) agrees with joint names only.
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
    """Whether exactly one of the match names in columns `a` and `b` is a joint name of two people; never null."""
    # The joint sign sorts before all letters and digits.
    joint = [pl.col(name).str.starts_with(f"{JOINT} ") for name in (a, b)]
    return (joint[0] != joint[1]).fill_null(value=False)


def unequal_names_agree(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """The result of `names_agree` for names that are not null and differ, in a tenth of the time.

    Without initials, two names agree if they have as many words in common as the shorter one has words.
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


def names_or_nicknames_agree(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether the names of two descriptions agree, nicknames included; never null.

    Names agree by `names_agree` or `names_in_other_words`, or if all words of one are among the names and nicknames of
    the other.

    Args:
        pairs: Columns `name_match` and `nick_match`, and the same ones with `suffix`.
        suffix: The suffix of the other description's columns.
    """
    name, nick = "name_match", "nick_match"
    other_name, other_nick = f"{name}{suffix}", f"{nick}{suffix}"
    # Most names are equal or missing on one side, and unequal pairs repeat. Comparing words costs a hundred times as
    # much as comparing texts, so each distinct unequal pair is compared once.
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
    with_nick = compared.filter(has_nick & ~pl.col("agree") & ~one_is_joint(name, other_name))
    with_nick = with_nick.with_columns(
        agree=_within_all_names(other_name, name, nick) | _within_all_names(name, other_name, other_nick)
    )
    compared = pl.concat([compared.join(with_nick, on=names.columns, how="anti", nulls_equal=True), with_nick])
    found = unequal.join(compared, on=names.columns, how="left", nulls_equal=True, maintain_order="left")["agree"]
    return pl.repeat(value=True, n=pairs.height, eager=True).scatter(places, found)


def contradiction(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """The reason why two descriptions belong to two people; null if nothing contradicts.

    The first that applies of `identity_numbers_differ`, `passports_differ`, `names_differ` and `births_differ`.

    Args:
        pairs: The columns of `FEATURES`, and the same ones with `suffix`.
        suffix: The suffix of the other description's columns.
    """
    same_name = names_or_nicknames_agree(pairs, suffix)
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
    """Whether birth dates `a` and `b` contradict each other, or the years of birth do; never null.

    Years contradict if they are a generation apart. Dates contradict also if two of year, month and day differ, unless
    day and month are swapped or the dates are one day apart. For people with the same name and contact, one differing
    part or a swap is more often a typo than a second person, and one day a lost time zone offset.
    """
    return parts_differ(a, b) | a_generation_apart(year_a, year_b)


def a_generation_apart(year_a: str, year_b: str) -> pl.Expr:
    """Whether two years of birth are at least GENERATION_YEARS apart; never null, false if one is missing."""
    return ((pl.col(year_a) - pl.col(year_b)).abs() >= GENERATION_YEARS).fill_null(value=False)


def births_of_two_generations(a: str, b: str, year_a: str, year_b: str) -> pl.Expr:
    """Whether birth dates `a` and `b` are a generation apart and differ in more than the year; never null."""
    return a_generation_apart(year_a, year_b) & parts_differ(a, b)


def parts_differ(a: str, b: str) -> pl.Expr:
    """Whether two of year, month and day differ between the dates `a` and `b`; never null.

    Dates with day and month swapped, and dates that are one day apart, do not count as different.
    """
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
    """Whether all words of the match name in column `part` are words of `whole`; false if one is missing."""
    rest = pl.col(part).str.split(" ").list.set_difference(pl.col(whole).str.split(" "))
    return (rest.list.len() == 0).fill_null(value=False)


def _within_all_names(part: str, name: str, nick: str) -> pl.Expr:
    words = pl.concat_list(pl.col(name).str.split(" "), pl.col(nick).str.split(" "))
    rest = pl.col(part).str.split(" ").list.set_difference(words)
    return (pl.col(nick).is_not_null() & (rest.list.len() == 0)).fill_null(value=False)


def _without_initials_of(tokens: pl.Expr, others: pl.Expr) -> pl.Expr:
    """The tokens that are no initial of a token of `others` and do not begin with an initial among `others`."""
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
