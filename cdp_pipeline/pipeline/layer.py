"""A layer: one table that the pipeline makes, what it is made of and how; and fingerprints of rows.

A hash is the same within one version of Polars only, so whoever keeps one keeps the version beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_NAME
from cdp_pipeline.entities.table import M_co, Table
from cdp_pipeline.identity import RECORD_PERSONS
from cdp_pipeline.pipeline.inputs import Inputs

_PERSONS = f"identity/{RECORD_PERSONS.name}"


@dataclass(frozen=True)
class Layer(Generic[M_co]):
    """One table of the group `profiles`.

    Attributes:
        table: Its name, columns, key and meaning.
        reads: The tables its rows are made of, as `<group>/<table>`: `current/...` the records of an entity,
            `versions/...` all staged versions of them, `rejected/...` the rejected ones, `identity/...` the persons,
            `profiles/...` an earlier layer, `privacy/...` what was asked for on request.
        build: Gives all its rows, or those of the people to whom its inputs are narrowed.
        by_person: Whether a row is made of its person's records and rows alone. Then only people whose inputs changed
            are rebuilt; any other layer is rebuilt whole when an input changed.
        ages: Whether its rows depend on the newest drop date, so that they change without new input.
        is_published: Whether the database has it.
    """

    table: Table[M_co]
    reads: tuple[str, ...]
    build: Callable[[Inputs], LazyFrame[M_co]]
    by_person: bool = False
    ages: bool = False
    is_published: bool = True

    def __post_init__(self) -> None:
        """Refuse a layer that cannot be built by person: the people affected by another input would be unknown."""
        by_people = {
            *current_of(*self.entities),
            *(read for read in self.reads if read.startswith("profiles/")),
            _PERSONS,
        }
        if self.by_person and (self.ages or not set(self.reads) <= by_people):
            others = ", ".join(sorted({*self.reads} - by_people))
            raise ValueError(
                f"Layer {self.name} is declared as built by person, but reads {others}"
                f"{' and the newest drop date' if self.ages else ''}, which is not kept by person; build it whole."
            )

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The entities whose current records it reads."""
        return tuple(BY_NAME[name] for read in self.reads if (name := read.removeprefix("current/")) in BY_NAME)

    @property
    def name(self) -> str:
        """The name of its table."""
        return self.table.name


def current_of(*entities: Entity) -> tuple[str, ...]:
    """The current records of these entities, as `Layer.reads` names them."""
    return tuple(f"current/{entity.name}" for entity in entities)


def versions_of(*entities: Entity) -> tuple[str, ...]:
    """All staged versions of the records of these entities, as `Layer.reads` names them."""
    return tuple(f"versions/{entity.name}" for entity in entities)


def row_fingerprint() -> pl.Expr:
    """The fingerprint of a whole row: of all its columns, lists and nulls as they are."""
    return pl.struct(pl.all()).hash()


def content_token() -> pl.Expr:
    """The rows of a frame, or of a group, as one text: equal where they are the same rows in any order."""
    # Sums do not depend on the order of rows; two of them make a chance equality impossible in practice.
    row = pl.struct(pl.all())
    return pl.format("{}:{}:{}", pl.len(), row.hash(seed=0).sum(), row.hash(seed=1).sum()).alias("content")


def differing(before: pl.DataFrame, now: pl.DataFrame, fingerprint: str) -> pl.Series:
    """The people whose fingerprint came, went or changed, each once and in order; null is a fingerprint like others.

    Args:
        before: `person_id`, each once, and the fingerprint.
        now: The same of another time.
        fingerprint: The column of the fingerprint.
    """
    columns = ["person_id", fingerprint]
    both = ((before, now), (now, before))
    changed = [one.select(columns).join(other, on=columns, how="anti", nulls_equal=True) for one, other in both]
    return pl.concat(changed)["person_id"].unique().sort()
