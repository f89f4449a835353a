"""vetoed pairs of a cluster -> the vetoes that the cluster's links do not refute.

A veto compares two descriptions alone. The `alike` links of a cluster are further evidence:

1. Two birth dates, or two document numbers, belong to one person if an `alike` link joins records with these two
   values: one is wrong or was replaced.
2. Two names belong to one person if a chain of `alike` links joins records with these names, and the birth dates (or
   genders) agree at each link. A name that fits several people (Schmidt, M. Schmidt) extends no chain.
3. A vetoed pair with two such values is exempt, so that the order of records and links does not matter.
"""

from typing import Final

import polars as pl

from cdp_pipeline.identity.agreement import births_contradict, births_of_two_generations
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
