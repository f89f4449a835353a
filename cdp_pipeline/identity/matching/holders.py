"""medium identifiers -> people: the holders of each identifier, grouped by descriptions that agree.

1. A holder without a name is a separate person if its system has another customer at the identifier.
2. At each identifier the distinct descriptions of its holders are compared, each pair of descriptions once over all
   identifiers. Nearly all identifiers have one description and need no comparison.
3. Descriptions that agree are joined to people. A description that fits two people who contradict each other (a bare
   family name, no name at all) is ambiguous and is not joined.
4. A node that would join contradicting people through two identifiers is a bridge and is not joined, so that no chain
   runs through it.

Nodes, identifiers and descriptions are numbers here; `links.py` joins their values.
"""

from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.matching.agreement import FEATURES, contradiction, names_or_nicknames_agree, tokens_within
from cdp_pipeline.identity.matching.nodes import number_descriptions
from cdp_pipeline.values.components import find_components

MOST_DESCRIPTIONS = 60
"""The most descriptions of one identifier that are compared; if there are more, each counts as a person."""

_PAIR = ("description", "description_b")
_AT = ("identifier", "description")


@dataclass(frozen=True)
class Holders:
    """The holders of each identifier that several nodes hold.

    Attributes:
        members: The given columns, `description` and `person`: a number that is equal for the holders of one identifier
            that are one person there. Includes holders in `outside`, but not nameless customers.
        outside: node, identifier, reason of the holders that the identifier does not join, each once; the reason is
            `customer_ids_differ`, `ambiguous` or `bridge`.
        people: identifier, people: how many different people hold it.
        comparisons: The comparisons of the members' descriptions.
    """

    members: pl.DataFrame
    outside: pl.DataFrame
    people: pl.DataFrame
    comparisons: "Comparisons"


class Comparisons:
    """Contradictions between descriptions; each pair is compared once and cached."""

    def __init__(self, descriptions: pl.DataFrame) -> None:
        """Expect the columns of `FEATURES`; the row's position is the description's number."""
        self._descriptions = descriptions.select(FEATURES)
        self._known = pl.DataFrame(schema={**dict.fromkeys(_PAIR, pl.UInt32), "reason": pl.String})

    def reasons(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Each pair once: description, description_b, `reason`, null if they can be one person.

        Args:
            pairs: description < description_b, among other columns.
        """
        asked = pairs.select(_PAIR).unique()
        new = asked.join(self._known, on=_PAIR, how="anti")
        both = self.described(new)
        self._known = pl.concat([self._known, new.with_columns(reason=contradiction(both, "_b"))])
        return asked.join(self._known, on=_PAIR, how="left")

    def described(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """The features of both descriptions of each pair, those of the second with the suffix `_b`."""
        one, other = (self._descriptions[pairs[end]] for end in _PAIR)
        return one.hstack(other.select(pl.all().name.suffix("_b")))


def group_holders(held: pl.DataFrame, described: pl.DataFrame) -> Holders:
    """Group the holders of each identifier into people.

    Two holders with different customer ids of one system are two people if one has no name: only agreeing names
    override the system's separation of its customers.

    Args:
        held: node, identifier, each pair once, and other columns; only identifiers that several nodes have.
        described: One row per node, 0..n-1 in order: the columns of `FEATURES`, namespace (`company|system`, null if
            the node has no customer id) and customer_id.
    """
    nameless = _nameless_customers(held, described)
    named = held.join(nameless, on=["node", "identifier"], how="anti") if nameless.height else held
    descriptions, named = _with_description(named, described)
    comparisons = Comparisons(descriptions)
    differ = pl.col("description").min().over("identifier") != pl.col("description").max().over("identifier")
    named = named.with_columns(differ=differ)
    at = named.filter("differ").select(_AT).unique().sort(_AT).with_row_index("place")
    agreeing = _agreeing(at, comparisons)
    ambiguous = _ambiguous(agreeing)
    is_ambiguous = [pl.col(end).is_in(ambiguous.implode()) for end in ("a", "b")]
    at = at.with_columns(person=find_components(agreeing.filter(~pl.any_horizontal(is_ambiguous)), at.height))
    at = at.with_columns(is_ambiguous=pl.col("place").is_in(ambiguous.implode()))
    # The other identifiers have one person each, numbered after the persons above.
    alone = pl.col("identifier").cast(pl.UInt64) + at.height
    placed = named.join(at.drop("place"), on=_AT, how="left")
    placed = placed.with_columns(person=pl.coalesce(pl.col("person").cast(pl.UInt64), alone))
    several = placed.filter("differ")
    # A bridge is not joined at any of its identifiers.
    bridging = placed.filter(pl.col("node").is_in(_bridges(several, comparisons).implode()))
    return Holders(
        members=placed.drop("differ", "is_ambiguous"),
        outside=_outside(nameless, several, bridging),
        people=_people(placed, at, nameless),
        comparisons=comparisons,
    )


def _with_description(held: pl.DataFrame, described: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct descriptions of the holders, and the holders with their description's number."""
    nodes = held["node"].unique()
    descriptions, number = number_descriptions(described.select("node", *FEATURES)[nodes], FEATURES, described.height)
    return descriptions, held.with_columns(description=number.gather(held["node"]))


def _nameless_customers(held: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """Holders without a name at an identifier that another customer of their system also holds."""
    is_customer = described["namespace"].is_not_null()
    is_nameless = is_customer & described["name_match"].is_null()
    asked = held.filter(is_nameless.gather(held["node"]))["identifier"].unique()
    ids = held.select("node", "identifier").filter(pl.col("identifier").is_in(asked.implode()))
    ids = ids.filter(is_customer.gather(ids["node"]))
    ids = ids.hstack(described.select("namespace", "customer_id")[ids["node"]])
    several = ids.filter(pl.col("customer_id").n_unique().over("identifier", "namespace") > 1)
    return several.filter(is_nameless.gather(several["node"])).select(
        "node", "identifier", reason=pl.lit("customer_ids_differ")
    )


def _agreeing(at: pl.DataFrame, comparisons: Comparisons) -> pl.DataFrame:
    """The pairs of places (descriptions at one identifier) that do not contradict each other: a < b."""
    compared = at.filter(pl.len().over("identifier") <= MOST_DESCRIPTIONS)
    pairs = compared.join(compared, on="identifier", suffix="_b").filter(pl.col("place") < pl.col("place_b"))
    fit = comparisons.reasons(pairs).filter(pl.col("reason").is_null())
    return pairs.join(fit, on=_PAIR, how="semi").select(a="place", b="place_b")


def _ambiguous(agreeing: pl.DataFrame) -> pl.Series:
    """The places that agree with two other places that do not agree with each other."""
    both = pl.concat([agreeing, agreeing.select(a="b", b="a")])
    between = both.join(both, on="a", suffix="_2").filter(pl.col("b") < pl.col("b_2"))
    return between.join(agreeing, left_on=["b", "b_2"], right_on=["a", "b"], how="anti")["a"].unique()


def _bridges(several: pl.DataFrame, comparisons: Comparisons) -> pl.Series:
    """The nodes that would join, through two identifiers, people who contradict each other.

    Such a node has fewer features than the people it would join: no name, no birth date, or only part of a name. If its
    own name contains all words of two shorter names that contradict each other, it explains both and is no bridge. Two
    names without a common word belong to two people in one record, which is a bridge.

    Args:
        several: node, description, person at the identifiers of several descriptions; only there does a node share an
            identifier with another description.
        comparisons: The descriptions.
    """
    groups = several.select("person", "description").unique()
    groups = groups.filter(pl.len().over("person") > 1)
    # All descriptions of a group agree, because ambiguous ones were left out: contradictions are between two groups.
    between = several.filter(pl.col("person").is_in(groups["person"].unique().implode()))
    between = between.filter(pl.len().over("node") > 1)
    met = between.select("node", "person", own="description").join(groups, on="person")
    pairs = met.join(met, on=["node", "own"], suffix="_b").filter(
        (pl.col("description") < pl.col("description_b")) & (pl.col("person") != pl.col("person_b"))
    )
    compared = comparisons.reasons(pairs).filter(pl.col("reason").is_not_null())
    compared = compared.hstack(comparisons.described(compared))
    compared = compared.with_columns(by_name=~names_or_nicknames_agree(compared, "_b"))
    contradicting = pairs.join(compared.select(*_PAIR, "by_name", "name_match", "name_match_b"), on=_PAIR)
    own = contradicting.select(description="own", description_b="own")
    contradicting = contradicting.with_columns(comparisons.described(own)["name_match"].alias("own_name"))
    explained = tokens_within("name_match", "own_name") & tokens_within("name_match_b", "own_name")
    words = [pl.col(name).str.split(" ") for name in ("name_match", "name_match_b")]
    explained &= words[0].list.set_intersection(words[1]).list.len() > 0
    return contradicting.filter(~(pl.col("by_name") & explained))["node"].unique()


def _outside(nameless: pl.DataFrame, several: pl.DataFrame, bridging: pl.DataFrame) -> pl.DataFrame:
    """The holders that are not joined, each with the first reason that applies: node, identifier, reason."""
    unsure = several.filter("is_ambiguous").select("node", "identifier", reason=pl.lit("ambiguous"))
    bridging = bridging.select("node", "identifier", reason=pl.lit("bridge"))
    return pl.concat([nameless, unsure, bridging]).unique(["node", "identifier"], keep="first", maintain_order=True)


def _people(placed: pl.DataFrame, at: pl.DataFrame, nameless: pl.DataFrame) -> pl.DataFrame:
    """How many people hold each identifier; identifiers with only ambiguous holders are left out."""
    one = placed.filter(~pl.col("differ")).select("identifier").unique().with_columns(people=pl.lit(1, pl.Int64))
    more = at.filter(~pl.col("is_ambiguous")).group_by("identifier").agg(pl.col("person").n_unique().alias("people"))
    apart = nameless.group_by("identifier").agg(pl.col("node").n_unique().alias("people"))
    counted = [part.with_columns(pl.col("people").cast(pl.Int64)) for part in (one, more, apart)]
    return pl.concat(counted).group_by("identifier").agg(pl.col("people").sum())
