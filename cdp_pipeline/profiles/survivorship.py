"""Evidence -> golden values: which record's word holds, by a strategy declared per attribute.

Knows no entity: `golden.py` says which columns of which entities are evidence and declares the attributes. Every choice
also names the record it was taken from; `values.py` lists, on the same evidence and in the same order of preference,
what won and what lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from cdp_pipeline.entities.table import TableColumn

Strategy = Literal["most_recent", "source_priority", "most_frequent", "most_complete", "oldest", "all_values"]
"""How one value is chosen from many.

`most_recent`: that of the record seen last. `source_priority`: that of the first source that has one, within a source
the most recent. `most_frequent`: the one that most records say, then the most recent. `most_complete`: that of the
record that fills most of the attribute's columns, of a single text the longest, then the most recent. `oldest`: that
of the record seen first. `all_values`: all of them, each once, sorted. What is still tied goes to the smallest record
key.
"""

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

# These look at the newest record first, and so share one sort.
_NEWEST_FIRST = ("most_recent", "source_priority", "all_values")


@dataclass(frozen=True)
class Attribute:
    """A golden value, or several that are taken from one record together: the columns and who fills them.

    Attributes:
        name: What files, messages and provenance call it.
        columns: The columns of the evidence, and of the profile.
        reason: Why it is chosen so, for the reader of docs/survivorship.md.
        strategy: How the value is chosen.
        sources: The object types that may say it, in tiers of equal rank, best first; empty means all, in one tier.
        weak_values: Values of the first column that hold only where nobody says anything else.
        needs_first: Whether a record without the first column, too, holds only where nobody says more.
    """

    name: str
    columns: tuple[TableColumn, ...]
    reason: str
    strategy: Strategy = "most_recent"
    sources: tuple[tuple[str, ...], ...] = ()
    weak_values: tuple[str, ...] = ()
    needs_first: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def record_key_column(self) -> str:
        """The column that names the record from which it is taken."""
        return f"{self.name}_record_key"

    @property
    def is_list(self) -> bool:
        """Whether it is one column that holds several values."""
        return isinstance(self.columns[0].dtype, pl.List)

    @property
    def fitting(self) -> tuple[Strategy, ...]:
        """The strategies that can choose it: a list holds all values, anything else one."""
        return tuple(strategy for strategy in STRATEGIES if (strategy == "all_values") == self.is_list)


def choose_survivors(evidence: pl.LazyFrame, attributes: Iterable[Attribute]) -> pl.LazyFrame:
    """One row per person of the evidence: golden columns, and `<attribute>_record_key`, the record each is taken from.

    A record says an attribute when one of its columns is not null; nulls never win over a value. A person of whom
    nobody says it has null. A list is taken from all records that say it; of them its record key is that seen last.

    Args:
        evidence: One row per record: `person_id`, `record_key`, `object_type`, `first_seen_at`, `last_seen_at`,
            `record_count` (how many equal records the row stands for) and the columns of the attributes.
        attributes: What to choose; none with a strategy that does not fit it.
    """
    attributes = tuple(attributes)
    # Sorted once per order of time: a sort within each attribute takes four times as long.
    by_recency = [attribute for attribute in attributes if attribute.strategy in _NEWEST_FIRST]
    chosen = _newest_first(evidence).group_by("person_id").agg(_choice(attribute) for attribute in by_recency)
    for attribute in attributes:
        if attribute.strategy not in _NEWEST_FIRST:
            chosen = chosen.join(_chosen_in_own_order(evidence, attribute), on="person_id", how="left")
    return chosen.select("person_id", *(golden for a in attributes for golden in _columns_of(a)))


def says(attribute: Attribute) -> pl.Expr:
    """Whether a row of the evidence says the attribute."""
    return pl.any_horizontal(pl.col(column).is_not_null() for column in attribute.column_names)


def is_source(attribute: Attribute) -> pl.Expr:
    """Whether a row of the evidence is of a source that may say the attribute."""
    sources = [object_type for tier in attribute.sources for object_type in tier]
    return pl.col("object_type").is_in(sources) if sources else pl.lit(value=True)


def _best_first(evidence: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    """The rows of each person in the order in which the attribute's strategy prefers them among equal sources."""
    match attribute.strategy:
        case "oldest":
            return evidence.sort("person_id", "first_seen_at", "record_key", nulls_last=True)
        case "most_complete":
            return evidence.sort(
                "person_id", _completeness(attribute), "last_seen_at", "record_key",
                descending=[False, True, True, False],
                nulls_last=True,
            )  # fmt: skip
    return _newest_first(evidence)


def _newest_first(evidence: pl.LazyFrame) -> pl.LazyFrame:
    return evidence.sort("person_id", "last_seen_at", "record_key", descending=[False, True, False], nulls_last=True)


def _completeness(attribute: Attribute) -> pl.Expr:
    """How much a row says of the attribute: columns filled, or the characters of the only column, if it is a text."""
    names = attribute.column_names
    if len(names) == 1 and attribute.columns[0].dtype == pl.String:
        return pl.col(names[0]).str.len_chars().fill_null(0)
    return pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.UInt32) for name in names)


def _choice(attribute: Attribute) -> pl.Expr:
    """One struct per person, from rows in the order of preference: the columns and the record key of the choice."""
    if attribute.strategy == "all_values":
        return _all_values(attribute)
    value = pl.struct(*attribute.column_names, "record_key")
    is_said, weak = says(attribute), _is_weak(attribute)
    if weak is None:
        return _first_of_best_tier(value, attribute, is_said).alias(_choice_of(attribute))
    rounds = (_first_of_best_tier(value, attribute, is_said & strength) for strength in (~weak, weak))
    return pl.coalesce(rounds).alias(_choice_of(attribute))


def _first_of_best_tier(value: pl.Expr, attribute: Attribute, may: pl.Expr) -> pl.Expr:
    """The first value of a group of rows, best first, that its best source gives among the rows that may give one."""
    by_tier = attribute.strategy == "source_priority" and attribute.sources
    tiers = [pl.col("object_type").is_in(tier) for tier in attribute.sources] if by_tier else [is_source(attribute)]
    return pl.coalesce(pl.when(may & tier).then(value).first(ignore_nulls=True) for tier in tiers)


def _is_weak(attribute: Attribute) -> pl.Expr | None:
    """Whether a row holds only where nobody says more; None where no row does."""
    first = pl.col(attribute.column_names[0])
    if attribute.weak_values:
        return first.is_in(attribute.weak_values).fill_null(attribute.needs_first)
    return first.is_null() if attribute.needs_first else None


def _all_values(attribute: Attribute) -> pl.Expr:
    """All values of the only column, a list that is taken apart; and the first record that gives one."""
    (name,) = attribute.column_names
    may_say = is_source(attribute) & (pl.col(name).list.len() > 0)
    values = pl.col(name).filter(may_say)
    values = values.list.explode(keep_nulls=False, empty_as_null=False).unique().sort().implode()
    some = pl.when(values.list.len() > 0).then(values)
    return pl.struct(some.alias(name), pl.col("record_key").filter(may_say).first()).alias(_choice_of(attribute))


def _chosen_in_own_order(evidence: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    """One row per person of whom it is said: the choice of a strategy that does not look at the newest record first."""
    heard = _best_first(evidence.filter(says(attribute) & is_source(attribute)), attribute)
    if attribute.strategy != "most_frequent":
        return heard.group_by("person_id").agg(_choice(attribute))
    weak = _is_weak(attribute)
    return (
        heard.group_by("person_id", *attribute.column_names)
        .agg(pl.col("record_count").sum(), pl.col("last_seen_at").max(), pl.col("record_key").first())
        .sort(
            "person_id", pl.lit(value=False) if weak is None else weak, "record_count", "last_seen_at", "record_key",
            descending=[False, False, True, True, False],
            nulls_last=True,
        )
        .group_by("person_id")
        .agg(pl.struct(*attribute.column_names, "record_key").first().alias(_choice_of(attribute)))
    )  # fmt: skip


def _choice_of(attribute: Attribute) -> str:
    return f"{attribute.name}_choice"


def _columns_of(attribute: Attribute) -> Iterable[pl.Expr]:
    choice = pl.col(_choice_of(attribute)).struct
    yield from (choice.field(column) for column in attribute.column_names)
    yield choice.field("record_key").alias(attribute.record_key_column)
