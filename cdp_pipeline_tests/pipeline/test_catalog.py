"""The list of layers for people is that of the registry."""

from cdp_pipeline.pipeline.catalog import DOCUMENT, layer_table, written
from cdp_pipeline.pipeline.layers import LAYERS


def test_the_document_is_as_the_registry_says() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert written(text) == text, "run make docs"


def test_every_layer_has_a_line_with_what_it_reads() -> None:
    lines = layer_table().splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [layer.name for layer in LAYERS]
    assert "| versions `lead_information`" not in lines[0]
    assert "records of every entity; `record_persons` | whose things changed |" in lines[0]
