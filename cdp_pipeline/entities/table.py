"""Declared tables: the schemas of frames between packages and of database tables.

A table is declared as a Pandera model, one line per column, beside the code that builds it. `table_of` derives its
`Table` value from the model; Dagster's column documentation, the Parquet files and the SQL tables are derived from
that. Signatures name the model: `LazyFrame[Links]` is a frame with the columns of `Links`. `model.py` declares the data
of the sources.
"""

import inspect
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, get_origin, overload

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame
from typing_extensions import TypeVar

_DTYPES: dict[Any, pl.DataType] = {
    str: pl.String(), int: pl.Int64(), float: pl.Float64(), bool: pl.Boolean(), date: pl.Date(),
}  # fmt: skip
_FLAGS = "cdp_flags"


@dataclass(frozen=True)
class TableColumn:
    """One column.

    Attributes:
        personal: Whether it is personal data.
        json: Whether it is a list or map that the database stores as JSON.
        free_text: Whether people write in it what they like, so that no mask is sure to hide it.
    """

    name: str
    dtype: pl.DataType
    description: str
    personal: bool = False
    nullable: bool = True
    json: bool = False
    free_text: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """`columns` reference a row of `table` by its `target` columns."""

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True)
class _Keys:
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()


class TableModel(pa.DataFrameModel):
    """Base of every table's model; the docstring of a model is the table's description and begins with its grain.

    A table has the model's own columns first, then those of its bases, from left to right: a base is a group of columns
    that several tables have. The class line declares keys, foreign keys and indexes: `class Links(TableModel,
    key=("record_key_a", "record_key_b"))`.
    """

    __keys__: ClassVar[_Keys] = _Keys()

    def __init_subclass__(
        cls,
        *,
        key: tuple[str, ...] = (),
        foreign_keys: tuple[ForeignKey, ...] = (),
        indexes: tuple[tuple[str, ...], ...] = (),
        **others: Any,  # Any: what Pandera takes.
    ) -> None:
        super().__init_subclass__(**others)  # type: ignore[no-untyped-call]
        cls.__keys__ = _Keys(key, foreign_keys, indexes)


M_co = TypeVar("M_co", bound=TableModel, default=TableModel, covariant=True)
"""The model of a table, if it is known."""

AnyRows = LazyFrame[TableModel]
"""Rows of any table."""


@dataclass(frozen=True)
class Table(Generic[M_co]):
    """One table; `description` begins with its grain."""

    name: str
    description: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def schema(self) -> pl.Schema:
        """The Polars schema, in order; all callers share one object, so copy it before a change."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> DataFrame[M_co]:
        """A frame of this table without rows."""
        return self.named(self._empty.clone())

    @cached_property
    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.LazyFrame) -> LazyFrame[M_co]:
        """Select and cast exactly this table's columns, in order.

        A missing column becomes null if the table allows nulls in it; columns that the table does not have are removed.

        Raises:
            ValueError: A column that may not be null is missing.
        """
        present = frame.collect_schema()
        missing = [c.name for c in self.columns if c.name not in present and not c.nullable]
        if missing:
            raise ValueError(
                f"Table {self.name} lacks {', '.join(missing)}; the step that builds it must provide them."
            )
        return self.named(
            frame.select(
                pl.col(c.name)
                if present.get(c.name) == c.dtype
                else (pl.col(c.name) if c.name in present else pl.lit(None)).cast(c.dtype).alias(c.name)
                for c in self.columns
            )
        )

    @overload
    def named(self, frame: pl.LazyFrame) -> LazyFrame[M_co]: ...

    @overload
    def named(self, frame: pl.DataFrame) -> DataFrame[M_co]: ...

    def named(self, frame: pl.LazyFrame | pl.DataFrame) -> pl.LazyFrame | pl.DataFrame:
        """Annotate a frame of this table's columns with its model; the frame is neither checked nor changed."""
        return frame


def column(
    description: str,
    *,
    personal: bool = False,
    nullable: bool = True,
    json: bool = False,
    free_text: bool = False,
    alias: str | None = None,
) -> Any:  # Any: Pandera's Field is typed Any so that it can stand for a column of any type.
    """One line of a table's model: a Pandera field with the flags of `TableColumn`.

    Several models may share one field, under the same name. `alias` is the column's name if Pandera has a method of
    that name, so that the attribute needs another one.
    """
    return pa.Field(
        nullable=nullable, description=description, alias=alias, metadata={_FLAGS: (personal, json, free_text)}
    )


def like(declared: TableColumn) -> Any:  # Any: as of `column`.
    """One line of a table's model: a column described like one of another table."""
    return column(
        declared.description,
        personal=declared.personal,
        nullable=declared.nullable,
        json=declared.json,
        free_text=declared.free_text,
    )


def table_of(model: type[M_co]) -> Table[M_co]:
    """The table that a model declares, named after it in snake_case."""
    return Table(
        name=re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower(),
        description=" ".join((model.__doc__ or "").split()),
        columns=columns_of(model),
        key=model.__keys__.key,
        foreign_keys=model.__keys__.foreign_keys,
        indexes=model.__keys__.indexes,
    )


def columns_of(model: type[TableModel]) -> tuple[TableColumn, ...]:
    """The columns of a model: its own, then those of its bases that it does not declare itself."""
    # Pandera's own schema has the same information, but takes ten times as long to build in every process.
    own = (
        _column(name, annotation, vars(model)[name])
        for name, annotation in inspect.get_annotations(model).items()
        if not name.startswith("_")
    )
    found = {declared.name: declared for declared in own}
    for base in model.__bases__:
        if issubclass(base, TableModel):
            found |= {declared.name: declared for declared in columns_of(base) if declared.name not in found}
    return tuple(found.values())


def _column(name: str, annotation: Any, field: Any) -> TableColumn:  # Any: Pandera types neither.
    personal, json, free_text = field.metadata[_FLAGS]
    return TableColumn(
        field.alias or name, _dtype(annotation), field.description, personal, field.nullable, json, free_text
    )


def _dtype(annotation: Any) -> pl.DataType:
    if get_origin(annotation) is Annotated:
        dtype: pl.DataType = annotation.__origin__(*annotation.__metadata__)
        return dtype
    return _DTYPES[annotation] if annotation in _DTYPES else annotation()
