"""The form of an entity's declaration: a Pandera model, one line per column, and what `column` keeps.

What an entity is keyed by and refers to stands in `entity.py`; the entities themselves stand in
one module each. Only `validation/` runs the models.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.kinds import Kind

UnknownChoice = Literal["keep", "reject", "null", "undefined"]
"""What happens to a value outside a list: kept (open list), the row rejected, or replaced."""

OnUnusable = Literal["count", "reject"]
"""What an unusable phone or e-mail does: counted as a finding, or the row rejected."""

_KEY = "cdp_column"


@dataclass(frozen=True)
class Column:
    """What one column of an entity is.

    Attributes:
        name: Its name in every table, snake_case.
        source: The source's name; dots lead into nested objects (`lifeCycle.name`).
        kind: What its values mean.
        description: A sentence for the reader of the catalog.
        required: Whether a blank cell rejects the row.
        allowed: The values of its list in canonical spelling; empty when free.
        unknown: What a value outside `allowed` does.
        unusable: What a phone or e-mail that cannot be normalised does.
        lowest: Smallest accepted number; below it the cell is handled as `out_of_range` says.
        highest: Greatest accepted number.
        out_of_range: Whether a number outside the bounds rejects the row or becomes null.
        personal: Whether it is personal data.
        aliases: Other source names that mean the same.
    """

    name: str
    source: str
    kind: Kind
    description: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    unknown: UnknownChoice = "keep"
    unusable: OnUnusable = "count"
    lowest: int | None = None
    highest: int | None = None
    out_of_range: Literal["reject", "null"] = "reject"
    personal: bool = False
    aliases: tuple[str, ...] = field(default=())


def column(
    source: str,
    kind: Kind,
    description: str,
    *,
    required: bool = False,
    personal: bool | None = None,
    allowed: tuple[str, ...] = (),
    unknown: UnknownChoice = "keep",
    unusable: OnUnusable = "count",
    lowest: int | None = None,
    highest: int | None = None,
    out_of_range: Literal["reject", "null"] = "reject",
    aliases: tuple[str, ...] = (),
) -> Any:  # Any: Pandera's Field is typed Any so that it can stand for a column of any type.
    """One line of an entity model: a Pandera field that also knows its source, kind and list.

    `personal` defaults to the kind's flag. The name is taken from the attribute it is bound to.
    """
    spec = Column(
        name="",
        source=source,
        kind=kind,
        description=description,
        required=required,
        allowed=allowed,
        unknown=unknown,
        unusable=unusable,
        lowest=lowest,
        highest=highest,
        out_of_range=out_of_range,
        personal=kind.personal if personal is None else personal,
        aliases=aliases,
    )
    return pa.Field(nullable=not required, description=description, metadata={_KEY: spec})


class EntityModel(pa.DataFrameModel):
    """Base of every entity model: what all sources may send."""

    ref_id: str = column("refId", kinds.IDENTIFIER, "The sender's own reference, echoed back.")


class PangoModel(EntityModel):
    """Base of the fourteen Pango entities: the fields that each of them has."""

    timezone_gmt: int = column(
        "timezoneGmt",
        kinds.HOUR_OFFSET,
        "Whole hours between the sender's local calendar and GMT; gives local dates, shifts no instant.",
        lowest=-12,
        highest=14,
    )
    system_name: str = column("systemName", kinds.IDENTIFIER, "Source system of the row; part of its key.")
    internal_company_id: str = column(
        "internalCompanyId", kinds.IDENTIFIER, "The sender's sub-company; people of two are never merged."
    )
    record_status: str = column(
        "recordStatus",
        kinds.CHOICE,
        "Active, or Deleted for a tombstone; absent means Active.",
        allowed=("Active", "Deleted"),
        unknown="reject",
    )


def blank(name: str) -> pl.Expr:
    """Whether a text cell holds nothing: null, or only white space."""
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")


def present(name: str) -> pl.Expr:
    """Whether a text cell holds something; the opposite of `blank`."""
    return ~blank(name)


def columns_of(model: type[EntityModel]) -> tuple[Column, ...]:
    """The columns of a model, in the order of the declaration, those of its bases first."""
    schema = model.to_schema()
    found = []
    for name, declared in schema.columns.items():
        spec: Column = (declared.metadata or {})[_KEY]
        values = {f: getattr(spec, f) for f in spec.__dataclass_fields__}
        found.append(Column(**{**values, "name": name}))
    return tuple(found)
