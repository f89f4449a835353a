"""`.xlsx` files -> batches: the first sheet, whose first row with a cell is the header.

Rows are numbered by their place below the header, blank ones included, so that they are found again in the workbook.
A workbook is read whole, which its format bounds to a million rows; the other sheets are counted, not read.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableFileError, batch_of
from cdp_pipeline.ingest.cell_text import without_nuls
from cdp_pipeline.ingest.engine import Engine
from cdp_pipeline.ingest.lines import gathered
from cdp_pipeline.ingest.tabular import TableReader, cell, check_headers, raw_of, read_table

_ROWS_AT_ONCE = 10_000
OTHER_SHEETS = "workbook:other_sheets"
"""The finding for each sheet that is not read."""


def read_workbook(path: Path, entity: Entity, engine: Engine, batch_rows: int) -> Iterator[Batch]:
    """An Excel workbook; cells are text, dates as `YYYY-MM-DD HH:MM:SS`.

    Raises:
        UnreadableFileError: It is encrypted or damaged, or a column's name stands twice.
    """
    try:
        workbook = fastexcel.read_excel(path)
        sheet = workbook.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise UnreadableFileError(
            "The file is encrypted, damaged or no .xlsx workbook; nothing of it was read. Expected a plain workbook. "
            "Save it anew without a password and drop it again."
        ) from error
    if len(workbook.sheet_names) > 1:
        yield batch_of(entity, findings=Counter({OTHER_SHEETS: len(workbook.sheet_names) - 1}))
    cells = sheet.rename({name: cell(n) for n, name in enumerate(sheet.columns)}).with_columns(without_nuls(pl.all()))
    is_filled = pl.any_horizontal(pl.all().str.contains(r"\S").fill_null(value=False))
    filled = cells.select(is_filled).to_series() if cells.width else pl.Series([], dtype=pl.Boolean)
    if not filled.any():
        return
    top = int(filled.arg_max() or 0)
    headers = [str(name or "") for name in cells.row(top)]
    check_headers(headers, entity)
    rows = (
        cells.slice(top + 1)
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("source_row"))
        .filter(filled.slice(top + 1))
        .with_columns(raw_of(headers).alias("raw"))
    )
    frames = gathered(rows.iter_slices(_ROWS_AT_ONCE), batch_rows)
    yield from read_table(frames, TableReader(headers, entity), engine)
