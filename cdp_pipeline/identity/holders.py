"""medium identifiers -> the people at each: its holders, grouped by descriptions that agree.

1. Holders without a name, to whom one system gave two customer ids, are people of their own.
2. At each identifier the different descriptions of its holders are compared, each pair of descriptions once over all
   identifiers. Where all holders describe one person alike, nearly everywhere, nothing is compared.
3. Descriptions that agree are joined to people; one that would fit two people who contradict each other (a bare family
   name, no name at all) is ambiguous and joins nobody.
4. A node that would join contradicting people through two identifiers is a bridge and joins nobody either, so that no
   chain runs through it.

Nodes, identifiers and descriptions are numbers here; `links.py` puts the texts back.
"""

from dataclasses import dataclass

import polars as pl

from cdp_pipeline.identity.agreement import FEATURES, called_agree, contradiction, tokens_within
from cdp_pipeline.identity.descriptions import number_descriptions
from cdp_pipeline.values.components import find_components

MOST_DESCRIPTIONS = 60
"""More different descriptions than this on one identifier are counted as people without being compared."""

_PAIR = ("description", "description_b")
_AT = ("identifier", "description")


@dataclass(frozen=True)
class Holders:
    """The holders of each identifier that several nodes have.

    Attributes:
        members: The columns given, `description` and `person`: a number that the holders of one identifier have in
            common who are one person there; those in `outside` included, nameless customers left out.
        outside: node, identifier, reason of the holders that join nobody there, each once: `customer_ids_differ`,
            `ambiguous` or `bridge`.
        people: identifier, people: how many different people hold it.
        comparisons: The descriptions of the members, compared with each other.
    """

    members: pl.DataFrame
    outside: pl.DataFrame
    people: pl.DataFrame
    comparisons: "Comparisons"


class Comparisons:
    """Why descriptions are two people's; each pair is compared once, however often it is asked."""

    def __init__(self, descriptions: pl.DataFrame) -> None:
        """Take the columns of `FEATURES`; the row is the number of the description."""
        self._descriptions = descriptions.select(FEATURES)
        self._known = pl.DataFrame(schema={**dict.fromkeys(_PAIR, pl.UInt32), "reason": pl.String})

    def reasons(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Each pair once: description, description_b, `reason`, null where they can be one person's.

        Args:
            pairs: description < description_b, among other columns.
        """
        asked = pairs.select(_PAIR).unique()
        new = asked.join(self._known, on=_PAIR, how="anti")
        both = self.described(new)
        self._known = pl.concat([self._known, new.with_columns(reason=contradiction(both, "_b"))])
        return asked.join(self._known, on=_PAIR, how="left")

    def described(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """The features of both descriptions of each pair, those of the second with `_b`."""
        one, other = (self._descriptions[pairs[end]] for end in _PAIR)
        return one.hstack(other.select(pl.all().name.suffix("_b")))


def group_holders(held: pl.DataFrame, described: pl.DataFrame) -> Holders:
    """Group the holders of each identifier into people.

    Two holders without a name to compare, to whom their common system gave two customer ids, are two people: that a
    system keeps two customers apart is overcome by one name, not by the lack of it.

    Args:
        held: node, identifier, each pair once, and other columns; only identifiers that several nodes have.
        described: One row per node, 0..n-1 in order: the columns of `FEATURES`, namespace (`company|system`, null where
            the node names no customer) and customer_id.
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
    # One person at each of the other identifiers, numbered behind those above.
    alone = pl.col("identifier").cast(pl.UInt64) + at.height
    placed = named.join(at.drop("place"), on=_AT, how="left")
    placed = placed.with_columns(person=pl.coalesce(pl.col("person").cast(pl.UInt64), alone))
    several = placed.filter("differ")
    # A bridge joins nobody at any of its identifiers.
    bridging = placed.filter(pl.col("node").is_in(_bridges(several, comparisons).implode()))
    return Holders(
        members=placed.drop("differ", "is_ambiguous"),
        outside=_outside(nameless, several, bridging),
        people=_people(placed, at, nameless),
        comparisons=comparisons,
    )


def _with_description(held: pl.DataFrame, described: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The different descriptions of the holders, and the holders with the number of theirs."""
    nodes = held["node"].unique()
    told, number = number_descriptions(described.select("node", *FEATURES)[nodes], FEATURES, described.height)
    return told, held.with_columns(description=number.gather(held["node"]))


def _nameless_customers(held: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """Holders without a name at an identifier that another customer of their system holds as well."""
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
    """The places that agree with two others which do not agree with each other."""
    both = pl.concat([agreeing, agreeing.select(a="b", b="a")])
    between = both.join(both, on="a", suffix="_2").filter(pl.col("b") < pl.col("b_2"))
    return between.join(agreeing, left_on=["b", "b_2"], right_on=["a", "b"], how="anti")["a"].unique()


def _bridges(several: pl.DataFrame, comparisons: Comparisons) -> pl.Series:
    """The nodes that would join, through two identifiers, people who contradict each other.

    Such a node is less known than the people it touches: it has no name, no birth date, or only part of a name. A node
    whose own name holds all words of two shorter ones that contradict each other is no bridge: it explains both. Two
    without a common word are the names of two people, who stand in one record.

    Args:
        several: node, description, person at the identifiers of several descriptions; a node meets no other description
            elsewhere.
        comparisons: The descriptions.
    """
    groups = several.select("person", "description").unique()
    groups = groups.filter(pl.len().over("person") > 1)
    # All of one group agree, as who agrees with two that do not is ambiguous; so it takes two groups.
    between = several.filter(pl.col("person").is_in(groups["person"].unique().implode()))
    between = between.filter(pl.len().over("node") > 1)
    met = between.select("node", "person", own="description").join(groups, on="person")
    pairs = met.join(met, on=["node", "own"], suffix="_b").filter(
        (pl.col("description") < pl.col("description_b")) & (pl.col("person") != pl.col("person_b"))
    )
    compared = comparisons.reasons(pairs).filter(pl.col("reason").is_not_null())
    compared = compared.hstack(comparisons.described(compared))
    compared = compared.with_columns(by_name=~called_agree(compared, "_b"))
    contradicting = pairs.join(compared.select(*_PAIR, "by_name", "name_match", "name_match_b"), on=_PAIR)
    own = contradicting.select(description="own", description_b="own")
    contradicting = contradicting.with_columns(comparisons.described(own)["name_match"].alias("own_name"))
    explained = tokens_within("name_match", "own_name") & tokens_within("name_match_b", "own_name")
    words = [pl.col(name).str.split(" ") for name in ("name_match", "name_match_b")]
    explained &= words[0].list.set_intersection(words[1]).list.len() > 0
    return contradicting.filter(~(pl.col("by_name") & explained))["node"].unique()


def _outside(nameless: pl.DataFrame, several: pl.DataFrame, bridging: pl.DataFrame) -> pl.DataFrame:
    """The holders that join nobody, each with the first reason that applies: node, identifier, reason."""
    unsure = several.filter("is_ambiguous").select("node", "identifier", reason=pl.lit("ambiguous"))
    bridging = bridging.select("node", "identifier", reason=pl.lit("bridge"))
    return pl.concat([nameless, unsure, bridging]).unique(["node", "identifier"], keep="first", maintain_order=True)


def _people(placed: pl.DataFrame, at: pl.DataFrame, nameless: pl.DataFrame) -> pl.DataFrame:
    """How many people hold each identifier; those of whom all are ambiguous are left out."""
    one = placed.filter(~pl.col("differ")).select("identifier").unique().with_columns(people=pl.lit(1, pl.Int64))
    more = at.filter(~pl.col("is_ambiguous")).group_by("identifier").agg(pl.col("person").n_unique().alias("people"))
    apart = nameless.group_by("identifier").agg(pl.col("node").n_unique().alias("people"))
    counted = [part.with_columns(pl.col("people").cast(pl.Int64)) for part in (one, more, apart)]
    return pl.concat(counted).group_by("identifier").agg(pl.col("people").sum())
