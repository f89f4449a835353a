"""Declared tables: the form in which frames cross from one package to the next and reach the database.

A table is declared as a Pandera model, one line per column, beside the code that makes it. Its `Table` value is derived
from the model by `table_of`; Dagster's column documentation, the Parquet files and the SQL tables follow from that.
Signatures name the model: `LazyFrame[Links]` is a frame with the columns of `Links`. What a source sends is declared in
`model.py`.
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
    """One column: `json` marks lists and maps that the database keeps as JSON."""

    name: str
    dtype: pl.DataType
    description: str
    personal: bool = False
    nullable: bool = True
    json: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """`columns` name a row of `table` by its `target` columns."""

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True)
class _Keys:
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()


class TableModel(pa.DataFrameModel):
    """Base of every table's model. The docstring of a model is the table's description and begins with its grain.

    A table has the model's own columns first, then those of its bases, from left to right: a base is a group of columns
    that several tables have. Keys, foreign keys and indexes are said in the class line:
    `class Links(TableModel, key=("record_key_a", "record_key_b"))`.
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
"""The model of a table, where it is known."""

AnyRows = LazyFrame[TableModel]
"""Rows of one table or another."""


@dataclass(frozen=True)
class Table(Generic[M_co]):
    """One table: `description` begins with its grain."""

    name: str
    description: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def schema(self) -> pl.Schema:
        """The Polars schema, in order; one object for all callers, so change a copy."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> DataFrame[M_co]:
        """A frame of this table without rows."""
        return self.named(self._empty.clone())

    @cached_property
    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.LazyFrame) -> LazyFrame[M_co]:
        """The frame with exactly this table's columns, in order and cast to their types.

        A column the frame lacks is null throughout when the table allows nulls in it; columns the table does not have
        are left out.

        Raises:
            ValueError: A column that may not be null is missing.
        """
        there = frame.collect_schema()
        missing = [c.name for c in self.columns if c.name not in there and not c.nullable]
        if missing:
            raise ValueError(f"Table {self.name} lacks {', '.join(missing)}; the step that makes it must give them.")
        return self.named(
            frame.select(
                pl.col(c.name)
                if there.get(c.name) == c.dtype
                else (pl.col(c.name) if c.name in there else pl.lit(None)).cast(c.dtype).alias(c.name)
                for c in self.columns
            )
        )

    @overload
    def named(self, frame: pl.LazyFrame) -> LazyFrame[M_co]: ...

    @overload
    def named(self, frame: pl.DataFrame) -> DataFrame[M_co]: ...

    def named(self, frame: pl.LazyFrame | pl.DataFrame) -> pl.LazyFrame | pl.DataFrame:
        """A frame that has this table's columns, under the name of its model; it is neither checked nor changed."""
        return frame


def column(
    description: str,
    *,
    personal: bool = False,
    nullable: bool = True,
    json: bool = False,
    alias: str | None = None,
) -> Any:  # Any: Pandera's Field is typed Any so that it can stand for a column of any type.
    """One line of a table's model: a Pandera field with the flags of `TableColumn`.

    One field may stand in several models, under the same name. `alias` is the column's name where the attribute cannot
    have it, because Pandera has a method of that name.
    """
    return pa.Field(nullable=nullable, description=description, alias=alias, metadata={_FLAGS: (personal, json)})


def like(declared: TableColumn) -> Any:  # Any: as of `column`.
    """One line of a table's model: a column that is described as one of another table."""
    return column(declared.description, personal=declared.personal, nullable=declared.nullable, json=declared.json)


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
    # Pandera's own schema knows all this too, but takes ten times as long to make, in every process.
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
    personal, json = field.metadata[_FLAGS]
    return TableColumn(field.alias or name, _dtype(annotation), field.description, personal, field.nullable, json)


def _dtype(annotation: Any) -> pl.DataType:
    if get_origin(annotation) is Annotated:
        dtype: pl.DataType = annotation.__origin__(*annotation.__metadata__)
        return dtype
    return _DTYPES[annotation] if annotation in _DTYPES else annotation()
