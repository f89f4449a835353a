"""Pairs that are never one person, whatever links them, and the vetoes that the links of a cluster refute.

A veto needs a stronger contradiction than the separation of two holders of one phone (`matching/agreement.py`): a typo
vetoes nothing. `cuts.py` keeps clusters free of vetoed pairs. A veto compares two descriptions alone; the `alike` links
of a cluster are further evidence:

1. Two birth dates, or two document numbers, belong to one person if an `alike` link joins records with these two
   values: one is wrong or was replaced.
2. Two names belong to one person if a chain of `alike` links joins records with these names, and the birth dates (or
   genders) agree at each link. A name that fits several people (Schmidt, M. Schmidt) extends no chain.
3. A vetoed pair with two such values is exempt, so that the order of records and links does not matter.
"""

from typing import Final

import polars as pl

from cdp_pipeline.identity.matching.agreement import (
    FEATURES,
    births_contradict,
    births_of_two_generations,
    documents_contradict,
    is_whole_number,
    names_or_nicknames_agree,
    one_is_joint,
)
from cdp_pipeline.identity.matching.nodes import NUMBERS
from cdp_pipeline.values.components import find_components
from cdp_pipeline.values.text_distance import damerau_levenshtein

LETTERS_PER_TYPO = 5
"""The letters of differing words for each typo allowed in them; An and Anh, which are shorter, are different names."""


def vetoed_pairs(pairs: pl.DataFrame, suffix: str = "_b") -> pl.DataFrame:
    """The vetoed pairs, with column `veto`; other pairs are left out.

    Vetoes, the first that applies:

    1. `identity_numbers_differ`, `passports_differ`: two documents that one person cannot have, see
       `matching/agreement.py`.
    2. `joint_name`: exactly one record is in the name of two people.
    3. `births_differ`: birth dates contradict, and names differ.
    4. `generations_differ`: whole birth dates are a generation apart, as those of a father and his namesake son.
    5. `genders_differ`: genders and names differ.

    Names differ if they neither agree nor differ only by typos. Equal document numbers override vetoes 3 to 5: the
    issuing authority treats the holders as one person.

    Args:
        pairs: Any columns, among them those of `FEATURES` and the same ones with `suffix`. Nulls contradict nothing.
        suffix: The suffix of the other side's columns.
    """
    suspicious = pairs.filter(
        _differ("identity_no", suffix)
        | _differ("passport_no", suffix)
        | _differ("gender", suffix)
        | _births_contradict(suffix)
        | one_is_joint("name_match", f"name_match{suffix}")
    )
    if suspicious.is_empty():
        return suspicious.with_columns(veto=pl.lit(None, pl.String))
    compared = suspicious.with_columns(_same_name=may_be_one_name(suspicious, suffix))
    a_generation = births_of_two_generations("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}")
    same_name = compared["_same_name"]
    one_document = _same("identity_no", suffix) | _same("passport_no", suffix)
    veto = (
        pl.when(documents_contradict(compared, "identity_no", suffix, same_name))
        .then(pl.lit("identity_numbers_differ"))
        .when(documents_contradict(compared, "passport_no", suffix, same_name))
        .then(pl.lit("passports_differ"))
        .when(one_is_joint("name_match", f"name_match{suffix}"))
        .then(pl.lit("joint_name"))
        .when(~one_document & _births_contradict(suffix) & ~pl.col("_same_name"))
        .then(pl.lit("births_differ"))
        .when(~one_document & a_generation)
        .then(pl.lit("generations_differ"))
        .when(~one_document & _differ("gender", suffix) & ~pl.col("_same_name"))
        .then(pl.lit("genders_differ"))
    )
    return compared.with_columns(veto=veto).filter(pl.col("veto").is_not_null()).select(*pairs.columns, "veto")


def vetoed_links(pairs: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """The vetoed pairs of nodes: node_a, node_b, veto.

    Args:
        pairs: node_a and node_b.
        described: node, each once, and the columns of `FEATURES`.
    """
    features = described.select("node", *FEATURES)
    both = pairs.join(features, left_on="node_a", right_on="node")
    both = both.join(features, left_on="node_b", right_on="node", suffix="_b")
    return vetoed_pairs(both).select("node_a", "node_b", "veto")


def vetoed_within(descriptions: pl.DataFrame, group: str) -> pl.DataFrame:
    """The vetoed pairs of descriptions within each group: the group, description < description_b, veto.

    All pairs of a group are compared, so the size of groups must be bounded.

    Args:
        descriptions: Column `group`, `description` (its number) and the columns of `FEATURES`; one row per
            description and group.
        group: The name of the group's column.
    """
    known = descriptions.filter(pl.col("description").n_unique().over(group) > 1)
    pairs = (
        known.select(group, "description")
        .join(known.select(group, description_b="description"), on=group)
        .filter(pl.col("description") < pl.col("description_b"))
    )
    described = descriptions.select("description", *FEATURES).unique("description")
    other = described.rename({name: f"{name}_b" for name in ("description", *FEATURES)})
    # Each pair of descriptions is compared once, in however many groups it occurs.
    compared = vetoed_pairs(
        pairs.select("description", "description_b")
        .unique()
        .join(described, on="description")
        .join(other, on="description_b")
    )
    return pairs.join(
        compared.select("description", "description_b", "veto"), on=["description", "description_b"]
    ).sort(group, "description", "description_b")


def may_be_one_name(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether the names agree, or differ only by typos; never null.

    Args:
        pairs: `name_match`, `nick_match`, and the same ones with `suffix`.
        suffix: The suffix of the other side's columns.
    """
    return names_or_nicknames_agree(pairs, suffix) | _differ_by_typos(pairs, suffix)


def _differ_by_typos(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether the words that only one of the names has are equal except for typos; never null.

    Typos are counted by Damerau-Levenshtein distance, one for every LETTERS_PER_TYPO letters.
    """
    left, right = pl.col("name_match").str.split(" "), pl.col(f"name_match{suffix}").str.split(" ")
    rest = pairs.select(
        a=left.list.set_difference(right).list.sort().list.join(" "),
        b=right.list.set_difference(left).list.sort().list.join(" "),
    )
    letters = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    is_typo = rest.with_columns(distance=damerau_levenshtein(rest["a"], rest["b"])).select(
        (pl.col("distance") * LETTERS_PER_TYPO <= letters).fill_null(value=False)
    )
    return is_typo.to_series()


def _births_contradict(suffix: str) -> pl.Expr:
    return births_contradict("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}")


def _differ(column: str, suffix: str) -> pl.Expr:
    return (pl.col(column) != pl.col(f"{column}{suffix}")).fill_null(value=False)


def _same(column: str, suffix: str) -> pl.Expr:
    return (pl.col(column) == pl.col(f"{column}{suffix}")).fill_null(value=False)


_VALUES: Final = {
    "identity_numbers_differ": ("identity_no", ("alike",)),
    "passports_differ": ("passport_no", ("alike",)),
    "generations_differ": ("birth_date", ("alike", "customer_id")),
    "births_differ": ("birth_date", ("alike",)),
    "joint_name": ("name_match", ("customer_id", "identity_no", "passport_no")),
}
"""By veto that depends on one value: the value, and the kinds of links that refute the veto.

An `alike` link is made if everything else agrees. A customer id states whose record it is, so it refutes a differing
birth date under the same name and a joint name; a document number refutes a joint name."""

_TWO: Final = ("description", "description_b")
_BIRTHS: Final = ("birth_date", "birth_date_b", "birth_year", "birth_year_b")

_AMBIGUOUS_NAME: Final = "(^| )[^ ]( |$)|^[^ ]*$"
"""A name with an initial, or of one word."""


def without_exempt(conflicts: pl.DataFrame, placed: pl.DataFrame, within: pl.DataFrame) -> pl.DataFrame:
    """The vetoed pairs that are not exempt.

    Args:
        conflicts: cluster, description < description_b, veto.
        placed: The links: cluster, node_a, node_b, kind, status.
        within: node, each once, cluster, description and the columns of `FEATURES`.
    """
    members = within.filter(pl.col("cluster").is_in(conflicts["cluster"].unique().implode()))
    left = conflicts
    for veto, (value, kinds) in _VALUES.items():
        vetoed = conflicts.filter(pl.col("veto") == veto)
        if vetoed.height:
            attributed = _values_of_one(value, _linked(placed, members, vetoed, kinds), conflicts)
            left = _without(
                left, _with_values(vetoed, members, value).join(attributed, on=["cluster", "a", "b"], how="semi")
            )
    for veto in ("births_differ", "genders_differ"):
        vetoed = left.filter(pl.col("veto") == veto)
        if vetoed.height:
            attributed = _names_of_one(veto, _linked(placed, members, vetoed, ("alike",)), conflicts)
            with_names = _with_values(vetoed, members, "name_match").join(
                attributed, on=["cluster", "a", "b"], how="semi"
            )
            # A father and his namesake son are two people.
            own = veto == "births_differ"
            left = _without(left, with_names.filter(~births_of_two_generations(*_BIRTHS)) if own else with_names)
    return left


def _linked(links: pl.DataFrame, members: pl.DataFrame, vetoed: pl.DataFrame, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Both records of each used link of these kinds in the vetoed clusters; the second one's columns end in `_b`."""
    in_vetoed = pl.col("cluster").is_in(vetoed["cluster"].unique().implode())
    used = links.filter(in_vetoed & (pl.col("status") == "used") & pl.col("kind").is_in(kinds)).select(
        "node_a", "node_b"
    )
    one = used.join(members, left_on="node_a", right_on="node")
    return one.join(members, left_on=["node_b", "cluster"], right_on=["node", "cluster"], suffix="_b")


def _values_of_one(value: str, linked: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """The pairs of differing values that a link attributes to one person, in both orders: cluster, a, b.

    Two valid document numbers belong to two people, however alike the records are.
    """
    # A record that differs in name as well is no proof of a wrong birth date.
    linked = _not_vetoed(linked, conflicts.filter(pl.col("veto") == "births_differ"))
    if value in NUMBERS:
        # A whole number with a birth date was copied from the document, so both numbers of such a pair are valid.
        is_valid = [is_whole_number(f"{value}{end}") & pl.col(f"birth_date{end}").is_not_null() for end in ("", "_b")]
        linked = linked.filter(~pl.all_horizontal(is_valid))
    return _pairs_of(linked, value)


def _names_of_one(veto: str, linked: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """The pairs of names that links attribute to one person, in both orders: cluster, a, b.

    At each link, the value that the veto compares beside the name must be known of both records and agree, or the names
    must have equally many words and differ only by a typo or a short form: Joseph Schmidt is neither Joseph Anton nor
    Joseph Karl.
    """
    births_agree = pl.all_horizontal(pl.col(_BIRTHS[:2]).is_not_null()) & ~births_contradict(*_BIRTHS)
    agree = births_agree if veto == "births_differ" else pl.col("gender") == pl.col("gender_b")
    linked = _not_vetoed(linked, conflicts)
    linked = linked.with_columns(one_name=may_be_one_name(linked, "_b"))
    words = [pl.col(f"name_match{end}").str.count_matches(" ") for end in ("", "_b")]
    pairs = _pairs_of(linked.filter(agree | (pl.col("one_name") & (words[0] == words[1]))), "name_match")
    is_ambiguous = [pl.col(end).str.contains(_AMBIGUOUS_NAME) for end in ("a", "b")]
    whole = _connected(pairs.filter(~pl.any_horizontal(is_ambiguous)))
    # A name that fits several people is paired with the names it is linked to, but does not connect these names.
    short = pairs.filter(is_ambiguous[0]).join(
        whole, left_on=["cluster", "b"], right_on=["cluster", "a"], suffix="_whole"
    )
    ends = short.select("cluster", "a", b="b_whole")
    return pl.concat([pairs, whole, ends, _reversed(ends, "a", "b")]).unique()


def _connected(pairs: pl.DataFrame) -> pl.DataFrame:
    """All pairs of names that are connected through pairs within a cluster: cluster, a, b."""
    names = pairs.select("cluster", name="a").unique().sort("cluster", "name").with_row_index("place")
    ends = pairs.join(names, left_on=["cluster", "a"], right_on=["cluster", "name"]).join(
        names, left_on=["cluster", "b"], right_on=["cluster", "name"], suffix="_b"
    )
    group = find_components(ends.select(a="place", b="place_b"), names.height)
    grouped = names.select("cluster", "name", group=group)
    return grouped.join(grouped, on=["cluster", "group"], suffix="_b").select("cluster", a="name", b="name_b")


def _pairs_of(linked: pl.DataFrame, value: str) -> pl.DataFrame:
    """The values at both ends of each link, in both orders: cluster, a, b."""
    pairs = linked.select("cluster", a=value, b=f"{value}_b").drop_nulls().unique()
    return pl.concat([pairs, _reversed(pairs, "a", "b")]).unique()


def _not_vetoed(linked: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    pairs = conflicts.select(_TWO).unique()
    return linked.join(pl.concat([pairs, _reversed(pairs, *_TWO)]), on=_TWO, how="anti")


def _reversed(pairs: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    return pairs.rename({a: b, b: a}).select(pairs.columns)


def _with_values(vetoed: pl.DataFrame, members: pl.DataFrame, value: str) -> pl.DataFrame:
    """The vetoed pairs with both values, `a` and `b`, and both births."""
    one = members.select("description", "birth_date", "birth_year", a=value).unique("description")
    other = one.rename({"a": "b"})
    return vetoed.join(one, on="description").join(other, left_on="description_b", right_on="description", suffix="_b")


def _without(conflicts: pl.DataFrame, exempt: pl.DataFrame) -> pl.DataFrame:
    return conflicts.join(exempt, on=["cluster", *_TWO], how="anti")
