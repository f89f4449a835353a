"""person ids before and after -> counts of new, merged, split, changed, unchanged and gone people."""

from dataclasses import asdict, dataclass

import polars as pl


@dataclass(frozen=True)
class Changes:
    """Counts of person ids against the previous run; ids without a profile do not count.

    Attributes:
        new: Ids that had no profile before.
        merged: Ids that were merged into another one.
        split: Ids that lost part of their records to another person.
        changed: Ids that gained or lost records in another way.
        unchanged: Ids with exactly the same records and contacts as before.
        gone: Ids that lost their profile and were not merged.
        before: Ids that had a profile before.
    """

    new: int
    merged: int
    split: int
    changed: int
    unchanged: int
    gone: int
    before: int

    def __add__(self, other: "Changes") -> "Changes":
        """The sum of two counts over disjoint sets of people."""
        return Changes(**{name: count + getattr(other, name) for name, count in asdict(self).items()})


NO_CHANGES = Changes(new=0, merged=0, split=0, changed=0, unchanged=0, gone=0, before=0)


def count_changes(previous: pl.DataFrame, state: pl.DataFrame, history: pl.DataFrame) -> Changes:
    """Compare the person ids before and after a run.

    Args:
        previous: PERSON_IDS of the previous run.
        state: PERSON_IDS of this run.
        history: The PERSON_ID_HISTORY rows of this run.
    """
    before, after = _members(previous), _members(state)
    merged = history.filter(pl.col("change") == "merged")["old_person_id"].unique()
    split = history.filter(pl.col("change") == "split")["old_person_id"].unique()
    both = before.join(after, on="person_id", suffix="_now")
    steady = both.filter(~pl.col("person_id").is_in(split.implode()))
    parts = history.filter(pl.col("change") == "split")["person_id"].unique()
    same = steady.filter((pl.col("nodes") == pl.col("nodes_now")) & (pl.col("hashes") == pl.col("hashes_now")))
    new = after.join(before, on="person_id", how="anti").filter(~pl.col("person_id").is_in(parts.implode()))
    gone = before.join(after, on="person_id", how="anti").filter(~pl.col("person_id").is_in(merged.implode()))
    return Changes(
        new=new.height,
        merged=merged.len(),
        split=split.len(),
        changed=steady.height - same.height,
        unchanged=same.height,
        gone=gone.height,
        before=before.height,
    )


def _members(state: pl.DataFrame) -> pl.DataFrame:
    """Each published person's node count and sum of node hashes, which together stand for the set of nodes."""
    present = state.filter(pl.col("is_present") & pl.col("is_published"))
    return present.group_by("person_id").agg(nodes=pl.len(), hashes=pl.col("node_key").hash(seed=0).sum())
