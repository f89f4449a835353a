"""`.xlsx` files -> batches: every visible sheet whose first row with a cell is a known header.

`source_row` is the physical row of the sheet, from 1 and with the header counted. `entry_number` is the number of the
visible sheet, from 1. A sheet is loaded whole; the format limits it to a million rows.
"""

import errno
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import fastexcel
import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableFileError, batch_of
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.cell_text import number_with_three_decimals, without_nuls
from cdp_pipeline.ingest.lines import gathered
from cdp_pipeline.ingest.mappings import MatchedHeader, SourceMapping, matched
from cdp_pipeline.ingest.tabular import (
    HEADER_REPEATED,
    TableReader,
    cell,
    check_header,
    check_width,
    explains_rows,
    raw_of,
)
from cdp_pipeline.ingest.workbook_xml import DamagedWorkbookError, Survey, survey_of, visible_sheets
from cdp_pipeline.ingest.workbooks import Grid, check_archive, check_texts, rewrite_sheet, used_grid
from cdp_pipeline.values.duckdb_query import Engine

_ROWS_AT_ONCE = 10_000
_SHOWN_NAME = 100
_LOST_DIGITS = 1e15

OTHER_SHEETS = "workbook:other_sheets"
"""The finding for each visible sheet that is not read, because its header is unknown."""

ERROR_CELLS = "workbook:error_cells"
"""The finding for each cell that holds an error such as `#N/A`; it is read as a missing cell."""


_DAMAGED = (
    "The file is encrypted, damaged or no .xlsx workbook; nothing of it was read. Expected a plain workbook. "
    "Save it again without a password and deliver it again."
)
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError,
    DamagedWorkbookError, fastexcel.FastExcelError,
)  # fmt: skip
_DATE_TIME = r"^\+?\d{4,6}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?$"


@dataclass(frozen=True)
class Sheet:
    """The cells of a visible sheet.

    Attributes:
        number: Its number among the visible sheets, from 1.
        name: The name on its tab.
        cells: `source_row`, the physical row from 1, and a text column per used column: `cell:0`, `cell:1` and so on.
            Rows without visible text are left out.
        columns: The physical number of each text column, from 1.
        errors: Number of cells that hold an error; they are null in `cells`.
    """

    number: int
    name: str
    cells: pl.DataFrame
    columns: list[int]
    errors: int

    @property
    def header(self) -> list[str]:
        """The names in the first filled row; `column 5` if the fifth column has no name."""
        names = self.cells.drop("source_row").row(0)
        return [str(name or "").strip() or f"column {n}" for n, name in zip(self.columns, names, strict=True)]


def sheets_of(path: Path, scratch: Path, bounds: Bounds = USUAL) -> list[Sheet]:
    """The visible sheets with at least one filled row, as text.

    Dates are `YYYY-MM-DD`, date-times `YYYY-MM-DDTHH:MM:SS` without offset, because a sheet names no time zone. A
    number of more than 15 digits is in scientific notation, because its further digits are lost. A number with exactly
    three decimals gets a further 0, so that its decimal point is not read as a thousands separator.

    Args:
        path: The workbook.
        scratch: Folder for a dense copy of a workbook with sparse sheets.
        bounds: Limits for XML and for cells of a sheet.

    Raises:
        UnreadableFileError: It is encrypted or damaged, expands too far, or a sheet is too large or too sparse.
    """
    try:
        return list(_sheets(path, scratch, bounds))
    except _ARCHIVE_ERRORS as error:
        raise UnreadableFileError(_DAMAGED) from error
    except OSError as error:
        # A damaged archive gives a negative offset (EINVAL); other errors, such as a full disk, are not the file's.
        if error.errno != errno.EINVAL:
            raise
        raise UnreadableFileError(_DAMAGED) from error
    except BaseException as error:
        # A panic in the Rust library is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFileError(_DAMAGED) from error


def read_workbook(
    path: Path,
    entity: Entity,
    engine: Engine,
    batch_rows: int,
    scratch: Path | None = None,
    mappings: Sequence[SourceMapping] = (),
    bounds: Bounds = USUAL,
) -> Iterator[Batch]:
    """Read the rows of an Excel workbook.

    Sheets whose header does not explain their rows are counted; a workbook with such sheets only is rejected.

    Raises:
        UnreadableFileError: It is encrypted or damaged, a sheet is too sparse, or a header is rejected.
    """
    with tempfile.TemporaryDirectory(prefix="cdp-workbook-", dir=scratch) as folder:
        sheets = sheets_of(path, Path(folder), bounds)
    headers = [matched(sheet.header, entity, mappings) for sheet in sheets]
    known = [(sheet, header) for sheet, header in zip(sheets, headers, strict=True) if explains_rows(header, entity)]
    # If all sheets are unknown, the message is about the header with most known fields.
    for header in [header for _, header in known] or sorted(headers, key=lambda header: -header.known)[:1]:
        check_header(header, entity)
    findings = Counter(
        {OTHER_SHEETS: len(sheets) - len(known), ERROR_CELLS: sum(sheet.errors for sheet, _ in known)},
    )
    yield batch_of(entity, findings=+findings)
    for sheet, header in known:
        yield from _batches(sheet, header, entity, engine, batch_rows)


def _batches(sheet: Sheet, header: MatchedHeader, entity: Entity, engine: Engine, batch_rows: int) -> Iterator[Batch]:
    rows = sheet.cells.slice(1)
    repeats = rows.select(_repeats(sheet.cells)).to_series()
    if repeats.any():
        yield batch_of(entity, findings=Counter({HEADER_REPEATED: int(repeats.sum())}))
        rows = rows.filter(~repeats)
    rows = rows.with_columns(raw_of(header.names).alias("raw"))
    frames = gathered(rows.iter_slices(_ROWS_AT_ONCE), batch_rows)
    number = pl.lit(sheet.number, pl.Int64).alias("entry_number")
    table = TableReader(header, entity)
    for batch in (table.read(frame, engine) for frame in frames):
        if sheet.number == 1:
            yield batch
        else:
            yield replace(batch, rows=batch.rows.with_columns(number), rejected=batch.rejected.with_columns(number))


def _repeats(cells: pl.DataFrame) -> pl.Expr:
    """Whether a row equals the first row, except for case and surrounding spaces."""
    first = cells.drop("source_row").row(0, named=True)
    return pl.all_horizontal(
        pl.col(name).str.strip_chars().str.to_lowercase().fill_null("") == str(header or "").strip().lower()
        for name, header in first.items()
    )


def _sheets(path: Path, scratch: Path, bounds: Bounds) -> Iterator[Sheet]:
    with zipfile.ZipFile(path) as archive:
        check_archive(archive, path.stat().st_size, bounds)
        parts = visible_sheets(archive)
        surveys: list[Survey] = []
        for part in parts:
            with archive.open(part.member) as stream:
                surveys.append(survey_of(stream))
        grids: dict[str, Grid] = {}
        for part, survey in zip(parts, surveys, strict=True):
            if survey.is_sparse or not survey.is_plain:
                with archive.open(part.member) as stream:
                    grids[part.member] = used_grid(stream)
                _check_size(part.name, len(grids[part.member].rows), len(grids[part.member].columns), bounds)
            elif survey.columns:
                # A sheet that is not sparse is loaded with the empty columns in between.
                width = max(survey.columns) - min(survey.columns) + 1
                _check_size(part.name, survey.height, width, bounds)
        if grids:
            path = _dense_copy(archive, grids, scratch)
    with zipfile.ZipFile(path) as archive:
        for n, part in enumerate(parts):
            if part.member in grids:
                with archive.open(part.member) as stream:
                    surveys[n] = survey_of(stream)
        check_texts(archive, parts, surveys, bounds)
    workbook = fastexcel.read_excel(path)
    for number, (part, survey) in enumerate(zip(parts, surveys, strict=True), start=1):
        if not survey.columns:
            continue
        loaded = workbook.load_sheet(part.index, header_row=None, skip_rows=0, dtypes="string").to_polars()
        grid = grids.get(part.member)
        cells = _texts(loaded, survey, grid)
        columns = grid.columns if grid else range(min(survey.columns), min(survey.columns) + loaded.width)
        if cells.height:
            yield Sheet(number, part.name, cells, [column + 1 for column in columns], survey.errors)


def _check_size(name: str, rows: int, columns: int, bounds: Bounds) -> None:
    check_width(columns, bounds)
    if rows * columns > bounds.max_sheet_cells:
        raise UnreadableFileError(
            f"The sheet {name[:_SHOWN_NAME]!r} uses {rows:,} rows and {columns:,} columns, {rows * columns:,} cells; "
            f"nothing of the file was read. Expected a table of at most {bounds.max_sheet_cells:,}, as it is loaded "
            "whole. Remove cells outside of the table, send it as .csv, or raise CDP_MAX_SHEET_CELLS."
        )


def _dense_copy(archive: zipfile.ZipFile, grids: dict[str, Grid], scratch: Path) -> Path:
    """A copy of the workbook's XML in which the sheets with a grid are rewritten."""
    copy = scratch / "dense.xlsx"
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for member in dict.fromkeys(archive.namelist()):
            if not member.lower().endswith((".xml", ".rels")):
                continue
            with archive.open(member) as source, target.open(member, "w", force_zip64=True) as written:
                if member in grids:
                    rewrite_sheet(source, grids[member], written)
                else:
                    shutil.copyfileobj(source, written)
    return copy


def _texts(loaded: pl.DataFrame, survey: Survey, grid: Grid | None) -> pl.DataFrame:
    """The filled rows with `source_row` and `cell:0` and so on; dates and numbers as described in `sheets_of`."""
    texts = loaded
    # Unlike `rename`, this runs no query.
    texts.columns = [cell(n) for n in range(texts.width)]
    first = min(survey.columns)
    by_column: dict[int, dict[int, str]] = {}
    for row, column, number in survey.numbers:
        # In a damaged sheet the survey may see cells that fastexcel skips.
        if row < texts.height and first <= column < first + texts.width:
            by_column.setdefault(column - first, {})[row] = number
    for n, numbers in by_column.items():
        shown = texts[cell(n)]
        replaced = [_number_text(shown[row], number) for row, number in numbers.items()]
        texts = texts.with_columns(shown.scatter(list(numbers), replaced))
    if texts.is_empty():
        return texts
    has_dates = texts.select(pl.all().str.contains(_DATE_TIME).any()).row(0)
    rows = (
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64) if grid is None else pl.lit(pl.Series(grid.rows, dtype=pl.Int64))
    )
    cells = [pl.col(cell(n)) for n in range(texts.width)]
    is_filled = pl.any_horizontal(text.str.contains(r"\S") for text in cells)
    dated = (_date_text(text) if found else text for text, found in zip(cells, has_dates, strict=True))
    return (
        texts.lazy()
        .with_columns(rows.alias("source_row"), *(without_nuls(text) for text in dated))
        .filter(is_filled)
        .select("source_row", *cells)
        .collect()
    )


def _date_text(text: pl.Expr) -> pl.Expr:
    return (
        pl.when(text.str.contains(_DATE_TIME))
        .then(text.str.replace(" ", "T", literal=True).str.replace(r"T00:00:00(?:\.0+)?$", ""))
        .otherwise(text)
    )


def _number_text(loaded: str | None, number: str) -> str | None:
    """The text of a numeric cell whose type matters; as loaded if a number format makes it a date."""
    value = float(number)
    try:
        is_number = loaded is not None and float(loaded) == value
    except ValueError:
        is_number = False
    if loaded is None or not is_number:
        return loaded
    return f"{value:.14E}" if abs(value) >= _LOST_DIGITS else number_with_three_decimals(loaded)
