"""Survivorship: evidence -> golden values, by a strategy declared per attribute.

Knows no entity: `attributes.py` declares the attributes and the columns that are evidence. Every choice also names the
record it comes from. `values.py` lists, from the same evidence, the values that won and lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from cdp_pipeline.entities.table import TableColumn

Strategy = Literal["most_recent", "source_priority", "most_frequent", "most_complete", "oldest", "all_values"]
"""How one value is chosen from many.

`most_recent`: the value of the record seen last. `source_priority`: that of the first source with a value, within a
source the most recent. `most_frequent`: the value of the most records, then the most recent. `most_complete`: that of
the record that fills most of the attribute's columns (the longest, if it has one text column), then the most recent.
`oldest`: that of the record seen first. `all_values`: all values, each once, sorted. Remaining ties go to the smallest
record key.
"""

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

# These prefer the newest record, and so share one sort.
_NEWEST_FIRST = ("most_recent", "source_priority", "all_values")


@dataclass(frozen=True)
class Attribute:
    """A golden value, or several that come from one record together: the columns and their sources.

    Attributes:
        name: Its name in files, messages and columns of record keys.
        columns: The columns of the evidence, and of the profile.
        reason: Why it is chosen so, for the reader of docs/survivorship.md.
        strategy: How the value is chosen.
        sources: The object types that may supply it, in tiers of equal rank, best first; empty means all, in one tier.
        weak_values: Values of the first column that are used only if no record has another one.
        needs_first: Whether a record with a null in the first column is used only if no other record has a value.
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
        """The column with the key of the record it comes from."""
        return f"{self.name}_record_key"

    @property
    def is_list(self) -> bool:
        """Whether it is one column that holds several values."""
        return isinstance(self.columns[0].dtype, pl.List)

    @property
    def allowed_strategies(self) -> tuple[Strategy, ...]:
        """The strategies that can choose it: all_values for a list, the others for a single value."""
        return tuple(strategy for strategy in STRATEGIES if (strategy == "all_values") == self.is_list)


def choose_survivors(evidence: pl.LazyFrame, attributes: Iterable[Attribute]) -> pl.LazyFrame:
    """One row per person of the evidence: golden columns, and `<attribute>_record_key`, the record each comes from.

    A record supplies an attribute if one of its columns is not null; null never wins over a value. An attribute that no
    record of a person supplies is null. A list has the values of all records that supply it; its record key is that of
    the record seen last.

    Args:
        evidence: One row per record: `person_id`, `record_key`, `object_type`, `first_seen_at`, `last_seen_at`,
            `record_count` (how many equal records the row stands for) and the columns of the attributes.
        attributes: What to choose, each by a strategy that it allows.
    """
    attributes = tuple(attributes)
    # Sorted once per order of time: a sort within each attribute takes four times as long.
    by_recency = [attribute for attribute in attributes if attribute.strategy in _NEWEST_FIRST]
    chosen = _newest_first(evidence).group_by("person_id").agg(_choice(attribute) for attribute in by_recency)
    for attribute in attributes:
        if attribute.strategy not in _NEWEST_FIRST:
            chosen = chosen.join(_chosen_in_own_order(evidence, attribute), on="person_id", how="left")
    return chosen.select("person_id", *(golden for a in attributes for golden in _columns_of(a)))


def has_value(attribute: Attribute) -> pl.Expr:
    """Whether a row of the evidence has a value of the attribute."""
    return pl.any_horizontal(pl.col(column).is_not_null() for column in attribute.column_names)


def is_source(attribute: Attribute) -> pl.Expr:
    """Whether a row of the evidence is of a source that may supply the attribute."""
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
    """How complete a row is for the attribute: columns filled, or the characters of a single text."""
    names = attribute.column_names
    if len(names) == 1 and attribute.columns[0].dtype == pl.String:
        return pl.col(names[0]).str.len_chars().fill_null(0)
    return pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.UInt32) for name in names)


def _choice(attribute: Attribute) -> pl.Expr:
    """One struct per person, from rows in the order of preference: the columns and the record key of the choice."""
    if attribute.strategy == "all_values":
        return _all_values(attribute)
    value = pl.struct(*attribute.column_names, "record_key")
    is_known, weak = has_value(attribute), _is_weak(attribute)
    if weak is None:
        return _first_of_best_tier(value, attribute, is_known).alias(_choice_of(attribute))
    rounds = (_first_of_best_tier(value, attribute, is_known & strength) for strength in (~weak, weak))
    return pl.coalesce(rounds).alias(_choice_of(attribute))


def _first_of_best_tier(value: pl.Expr, attribute: Attribute, is_candidate: pl.Expr) -> pl.Expr:
    """The value of the first candidate in the best tier that has one; rows are in the order of preference."""
    by_tier = attribute.strategy == "source_priority" and attribute.sources
    tiers = [pl.col("object_type").is_in(tier) for tier in attribute.sources] if by_tier else [is_source(attribute)]
    return pl.coalesce(pl.when(is_candidate & tier).then(value).first(ignore_nulls=True) for tier in tiers)


def _is_weak(attribute: Attribute) -> pl.Expr | None:
    """Whether a row is used only if no other has a value; None if the attribute has no such rows."""
    first = pl.col(attribute.column_names[0])
    if attribute.weak_values:
        return first.is_in(attribute.weak_values).fill_null(attribute.needs_first)
    return first.is_null() if attribute.needs_first else None


def _all_values(attribute: Attribute) -> pl.Expr:
    """All values of the only column, a list, each once; and the first record that has one."""
    (name,) = attribute.column_names
    supplies = is_source(attribute) & (pl.col(name).list.len() > 0)
    values = pl.col(name).filter(supplies)
    values = values.list.explode(keep_nulls=False, empty_as_null=False).unique().sort().implode()
    some = pl.when(values.list.len() > 0).then(values)
    return pl.struct(some.alias(name), pl.col("record_key").filter(supplies).first()).alias(_choice_of(attribute))


def _chosen_in_own_order(evidence: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    """One row per person with a value: the choice of a strategy that does not prefer the newest record."""
    candidates = _best_first(evidence.filter(has_value(attribute) & is_source(attribute)), attribute)
    if attribute.strategy != "most_frequent":
        return candidates.group_by("person_id").agg(_choice(attribute))
    weak = _is_weak(attribute)
    return (
        candidates.group_by("person_id", *attribute.column_names)
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
