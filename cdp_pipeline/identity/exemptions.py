"""vetoed pairs of a cluster -> those that the cluster's own links do not prove to be one person's.

A veto compares two descriptions alone. The cluster knows more, by its direct links between records that are alike:

1. Two birth dates, or two document numbers, are one person's when such a link joins records that bear them: one is
   wrong or was renewed.
2. Two names are one person's when such links join records that bear them, one after the other, and the birth dates (or
   genders) of each two agree. A name that could be several people's (Schmidt, M. Schmidt) joins no others.
3. A vetoed pair that bears two such values is exempt, so that the order of records and links does not matter.
"""

from typing import Final

import polars as pl

from cdp_pipeline.identity.agreement import a_fathers_and_sons, births_contradict
from cdp_pipeline.identity.descriptions import NUMBERS
from cdp_pipeline.identity.documents import is_whole_number
from cdp_pipeline.identity.vetoes import may_be_one_name
from cdp_pipeline.values.components import find_components

_VALUES: Final = {
    "identity_numbers_differ": ("identity_no", ("alike",)),
    "passports_differ": ("passport_no", ("alike",)),
    "generations_differ": ("birth_date", ("alike", "customer_id")),
    "births_differ": ("birth_date", ("alike",)),
    "joint_name": ("name_match", ("customer_id", "identity_no", "passport_no")),
}
"""Vetoes that rest on one value alone: the value, and the kinds of links that are made although it differs: all the
rest agrees, or the sender says whose record it is that has another birth date under the same name, or a joint name."""

_TWO: Final = ("description", "description_b")
_BIRTHS: Final = ("birth_date", "birth_date_b", "birth_year", "birth_year_b")

_SEVERAL_PEOPLES: Final = "(^| )[^ ]( |$)|^[^ ]*$"
"""A name with an initial, or of one word."""


def without_exempt(conflicts: pl.DataFrame, placed: pl.DataFrame, within: pl.DataFrame) -> pl.DataFrame:
    """The vetoed pairs that hold in spite of the cluster's links.

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
            of_one = _values_of_one(value, _linked(placed, members, vetoed, kinds), conflicts)
            left = _without(left, _bearing(vetoed, members, value).join(of_one, on=["cluster", "a", "b"], how="semi"))
    for veto in ("births_differ", "genders_differ"):
        vetoed = left.filter(pl.col("veto") == veto)
        if vetoed.height:
            of_one = _names_of_one(veto, _linked(placed, members, vetoed, ("alike",)), conflicts)
            bearing = _bearing(vetoed, members, "name_match").join(of_one, on=["cluster", "a", "b"], how="semi")
            # A father and his namesake son are two people.
            own = veto == "births_differ"
            left = _without(left, bearing.filter(~a_fathers_and_sons(*_BIRTHS)) if own else bearing)
    return left


def _linked(links: pl.DataFrame, members: pl.DataFrame, vetoed: pl.DataFrame, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Both records of each used link of these kinds in the vetoed clusters; the second one's columns end in `_b`."""
    asked = pl.col("cluster").is_in(vetoed["cluster"].unique().implode())
    used = links.filter(asked & (pl.col("status") == "used") & pl.col("kind").is_in(kinds)).select("node_a", "node_b")
    one = used.join(members, left_on="node_a", right_on="node")
    return one.join(members, left_on=["node_b", "cluster"], right_on=["node", "cluster"], suffix="_b")


def _values_of_one(value: str, linked: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Pairs of values that a link found to be one person's although they differ: cluster, a, b, and turned.

    Two numbers that are both right are two people's, however alike they are.
    """
    # A record that differs in name as well is no proof of a wrong birth date.
    linked = _not_vetoed(linked, conflicts.filter(pl.col("veto") == "births_differ"))
    if value in NUMBERS:
        # A whole number beside a birth date was read off the card, so that two of them are right.
        right = [is_whole_number(f"{value}{end}") & pl.col(f"birth_date{end}").is_not_null() for end in ("", "_b")]
        linked = linked.filter(~pl.all_horizontal(right))
    return _pairs_of(linked, value)


def _names_of_one(veto: str, linked: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Pairs of names that links found to be one person's: cluster, a, b, and turned.

    The value beside the name that the veto rests on must be known of both records and agree, or the names must be of as
    many words and differ by a slip or a short form only: Joseph Schmidt is neither Joseph Anton nor Joseph Karl.
    """
    births_agree = pl.all_horizontal(pl.col(_BIRTHS[:2]).is_not_null()) & ~births_contradict(*_BIRTHS)
    agree = births_agree if veto == "births_differ" else pl.col("gender") == pl.col("gender_b")
    linked = _not_vetoed(linked, conflicts)
    linked = linked.with_columns(one_name=may_be_one_name(linked, "_b"))
    words = [pl.col(f"name_match{end}").str.count_matches(" ") for end in ("", "_b")]
    pairs = _pairs_of(linked.filter(agree | (pl.col("one_name") & (words[0] == words[1]))), "name_match")
    is_several = [pl.col(end).str.contains(_SEVERAL_PEOPLES) for end in ("a", "b")]
    whole = _connected(pairs.filter(~pl.any_horizontal(is_several)))
    # A name that could be several people's is one with the names that it is linked with, and joins no others.
    short = pairs.filter(is_several[0]).join(
        whole, left_on=["cluster", "b"], right_on=["cluster", "a"], suffix="_whole"
    )
    ends = short.select("cluster", "a", b="b_whole")
    return pl.concat([pairs, whole, ends, _turned(ends, "a", "b")]).unique()


def _connected(pairs: pl.DataFrame) -> pl.DataFrame:
    """All pairs of names within each cluster that are connected by pairs: cluster, a, b."""
    names = pairs.select("cluster", name="a").unique().sort("cluster", "name").with_row_index("place")
    ends = pairs.join(names, left_on=["cluster", "a"], right_on=["cluster", "name"]).join(
        names, left_on=["cluster", "b"], right_on=["cluster", "name"], suffix="_b"
    )
    group = find_components(ends.select(a="place", b="place_b"), names.height)
    grouped = names.select("cluster", "name", group=group)
    return grouped.join(grouped, on=["cluster", "group"], suffix="_b").select("cluster", a="name", b="name_b")


def _pairs_of(linked: pl.DataFrame, value: str) -> pl.DataFrame:
    """The values at both ends of each link, both ways: cluster, a, b."""
    pairs = linked.select("cluster", a=value, b=f"{value}_b").drop_nulls().unique()
    return pl.concat([pairs, _turned(pairs, "a", "b")]).unique()


def _not_vetoed(linked: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    pairs = conflicts.select(_TWO).unique()
    return linked.join(pl.concat([pairs, _turned(pairs, *_TWO)]), on=_TWO, how="anti")


def _turned(pairs: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    return pairs.rename({a: b, b: a}).select(pairs.columns)


def _bearing(vetoed: pl.DataFrame, members: pl.DataFrame, value: str) -> pl.DataFrame:
    """The vetoed pairs with both values, `a` and `b`, and both births."""
    bears = members.select("description", "birth_date", "birth_year", a=value).unique("description")
    other = bears.rename({"a": "b"})
    return vetoed.join(bears, on="description").join(
        other, left_on="description_b", right_on="description", suffix="_b"
    )


def _without(conflicts: pl.DataFrame, exempt: pl.DataFrame) -> pl.DataFrame:
    return conflicts.join(exempt, on=["cluster", *_TWO], how="anti")
