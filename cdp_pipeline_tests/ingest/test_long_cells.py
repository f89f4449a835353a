from dataclasses import replace

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.ingest.bounds import USUAL
from cdp_pipeline.ingest.pipeline import read_files

LOW = replace(USUAL, max_cell_characters=20)


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_a_row_with_a_cell_too_long_is_rejected_and_says_which(raw_file, ending: str) -> None:
    cells = ["x" + " " * 20, "x" * 20, "ầ" * 20]
    lines = [f'{{"customerId":"C{n}","phone":"{cell}"}}' for n, cell in enumerate(cells)]
    if ending == "csv":
        lines = ["customerId,phone", *(f"C{n},{cell}" for n, cell in enumerate(cells))]
    file = raw_file(f"crm.{ending}", "\n".join(lines))
    (batch,) = read_files([file], CUSTOMER_IDENTITY, bounds=LOW)
    assert batch.rows["customer_id"].to_list() == ["C1", "C2"]
    assert batch.rejected["rules"].to_list() == [["unreadable"]]
    assert batch.rejected["message"].item().startswith("The cell of phone has 21 characters; expected at most 20.")
    assert "CDP_MAX_CELL_CHARACTERS" in batch.rejected["message"].item()
    assert batch.read == 3
