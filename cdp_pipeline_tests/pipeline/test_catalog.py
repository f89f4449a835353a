"""What the documents say of layers and tables is what is declared."""

from pathlib import Path

import pytest

from cdp_pipeline.pipeline.documents import DOCUMENTS, PARTS, data_dictionary, layer_table, written
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline_tests.pipeline.test_diagrams import VISITS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_as_it_is_declared(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert written(text) == text, "run make docs"


def test_every_part_stands_in_one_document() -> None:
    texts = [document.read_text(encoding="utf-8") for document in DOCUMENTS]
    assert {name: sum(text.count(f"<!-- {name} made by") for text in texts) for name in PARTS} == dict.fromkeys(
        PARTS, 1
    )


def test_every_layer_has_a_line_with_what_it_reads() -> None:
    lines = layer_table().splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [layer.name for layer in LAYERS]
    assert "| versions `lead_information`" not in lines[0]
    assert "records of every entity; `record_persons` | people whose inputs changed |" in lines[0]


def test_the_data_dictionary_has_a_chapter_per_table_and_a_line_per_column() -> None:
    assert data_dictionary((VISITS,)).splitlines() == [
        "### visits",
        "",
        "One row per visit.",
        "",
        "| column | type | null | personal | what it holds |",
        "| --- | --- | --- | --- | --- |",
        "| `visit_id` (key) | string |  |  | Which. |",
        "| `person_id` (names a row of `people`) | string |  |  | Who. |",
        "| `guide_id` (names a row of `people`) | string | yes |  | Who led it. |",
        "| `rooms` | int64 | yes |  | How many. |",
    ]
