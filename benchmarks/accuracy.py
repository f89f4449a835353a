"""How well persons were resolved, against the truth of a generated drop.

    python -m benchmarks.accuracy DROP LAKE

Pairwise: of all pairs of records that ended as one person, how many are (precision); of all pairs that are one person,
how many ended so (recall). Counted twice: over the records that describe a person (identities and leads), and over
those and the ones that name a contact. Records of interactions are left out, as they never make a person.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.store import Lake

_KEY = ["object_type", "internal_company_id", "system_name", "source_id"]


@dataclass(frozen=True)
class Accuracy:
    """Pairwise figures over one set of records."""

    records: int
    people: int
    persons_found: int
    precision: float
    recall: float
    mixed_households: int


def measure(drop: Path, lake: Lake, roles: tuple[str, ...]) -> Accuracy:
    """Compare the persons in the lake with the truth of the drop, over the entities of these roles."""
    types = [e.object_type for e in ENTITIES if e.role in roles]
    truth = (
        pl.scan_parquet(drop / "truth.parquet")
        .filter(pl.col("object_type").is_in(types) & pl.col("person").is_not_null())
        .select(*_KEY, "person", "household")
        .unique()
    )
    found = (
        lake.scan("profiles", "profile_records").filter(pl.col("object_type").is_in(types)).select(*_KEY, "person_id")
    )
    both = found.join(truth, on=_KEY, nulls_equal=True).collect()
    cells = both.group_by("person_id", "person").len()
    right = _pairs(cells["len"])
    together = _pairs(both.group_by("person_id").len()["len"])
    belonging = _pairs(both.group_by("person").len()["len"])
    mixed = both.group_by("person_id", "household").agg(pl.col("person").n_unique()).filter(pl.col("person") > 1).height
    return Accuracy(
        records=both.height,
        people=both["person"].n_unique(),
        persons_found=both["person_id"].n_unique(),
        precision=right / together if together else 1.0,
        recall=right / belonging if belonging else 1.0,
        mixed_households=mixed,
    )


def _pairs(sizes: pl.Series) -> int:
    return int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum())


def main() -> None:
    """Print the figures of the drop and lake named on the command line."""
    drop, lake = Path(sys.argv[1]), Lake(Path(sys.argv[2]))
    for title, roles in (("identities and leads", ("person",)), ("and named contacts", ("person", "contact"))):
        a = measure(drop, lake, roles)
        sys.stdout.write(
            f"{title}: {a.records:,} records of {a.people:,} people, {a.persons_found:,} found, precision "
            f"{a.precision:.5f}, recall {a.recall:.5f}, persons that mix members of a household: {a.mixed_households}\n"
        )


if __name__ == "__main__":
    main()
