"""Declaration of an entity's columns: a Pandera model with one line per column, and the data that `column` stores.

`entity.py` declares keys and references; each entity has its own module. Only `validation/` runs the models.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.kinds import Kind

UnknownChoice = Literal["keep", "reject", "null", "undefined"]
"""Treatment of a value outside a list: kept (open list), the row rejected, or replaced."""

OnUnusable = Literal["count", "reject"]
"""Treatment of an unusable phone or e-mail: counted as a finding, or the row rejected."""

_KEY = "cdp_column"


@dataclass(frozen=True)
class Column:
    """Declaration of one column of an entity.

    Attributes:
        name: Its name in every table, snake_case.
        source: The source's name; dots lead into nested objects (`lifeCycle.name`).
        kind: The meaning of its values.
        description: A sentence for the catalog.
        required: Whether a blank cell rejects the row.
        allowed: The values of its list in canonical spelling; empty for any value.
        unknown: The treatment of a value outside `allowed`.
        unusable: The treatment of a phone or e-mail that cannot be normalised.
        lowest: Smallest accepted number; see `out_of_range`.
        highest: Greatest accepted number; see `out_of_range`.
        out_of_range: Whether a number outside the bounds rejects the row or becomes null.
        personal: Whether it is personal data.
        aliases: Other source names with the same meaning.
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
    """One line of an entity model: a Pandera field with its source name, kind and list.

    `personal` defaults to the kind's flag. The column's name is that of the attribute.
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
    """Base of every entity model: the fields that any source may send."""

    ref_id: str = column("refId", kinds.IDENTIFIER, "The sender's own reference, echoed back.")


class PangoModel(EntityModel):
    """Base of the fourteen Pango entities: the fields that each of them has."""

    timezone_gmt: int = column(
        "timezoneGmt",
        kinds.HOUR_OFFSET,
        "Whole hours between the sender's local calendar and GMT; used for local dates, does not shift timestamps.",
        lowest=-12,
        highest=14,
    )
    system_name: str = column("systemName", kinds.IDENTIFIER, "Source system of the row; part of its key.")
    internal_company_id: str = column(
        "internalCompanyId",
        kinds.IDENTIFIER,
        "The sender's sub-company; by default persons of different ones are not merged.",
    )
    record_status: str = column(
        "recordStatus",
        kinds.CHOICE,
        "Active, or Deleted for a tombstone; absent means Active.",
        allowed=("Active", "Deleted"),
        unknown="reject",
    )


def blank(name: str) -> pl.Expr:
    """Whether a text cell is null or only white space."""
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")


def present(name: str) -> pl.Expr:
    """Whether a text cell is not blank."""
    return ~blank(name)


def columns_of(model: type[EntityModel]) -> tuple[Column, ...]:
    """The columns of a model in the order of declaration, those of its bases first."""
    schema = model.to_schema()
    found = []
    for name, declared in schema.columns.items():
        spec: Column = (declared.metadata or {})[_KEY]
        values = {f: getattr(spec, f) for f in spec.__dataclass_fields__}
        found.append(Column(**{**values, "name": name}))
    return tuple(found)
