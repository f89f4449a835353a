"""The pictures of the flow and of the tables follow from what is declared."""

from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.pipeline.documents import flow_chart, relation_diagram, table_chart
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES

PEOPLE = Table(
    "people", "One row per person.", (TableColumn("person_id", pl.String(), "Who.", nullable=False),), ("person_id",)
)
VISITS = Table(
    "visits",
    "One row per visit.",
    (
        TableColumn("visit_id", pl.String(), "Which.", nullable=False),
        TableColumn("person_id", pl.String(), "Who.", nullable=False),
        TableColumn("guide_id", pl.String(), "Who led it.", nullable=True),
        TableColumn("rooms", pl.Int64(), "How many."),
    ),
    ("visit_id",),
    (ForeignKey(("person_id",), "people", ("person_id",)), ForeignKey(("guide_id",), "people", ("person_id",))),
)


def test_tables_show_their_keys_and_whether_a_row_must_name_another() -> None:
    assert relation_diagram((PEOPLE, VISITS)).splitlines() == [
        "```mermaid",
        "erDiagram",
        "  direction LR",
        "  people {",
        "    string person_id PK",
        "  }",
        "  visits {",
        "    string visit_id PK",
        "    string person_id FK",
        "    string guide_id FK",
        "  }",
        "  people ||--o{ visits : person_id",
        "  people |o--o{ visits : guide_id",
        "```",
    ]


def test_every_published_table_stands_in_the_diagram() -> None:
    assert [table.name for table in PUBLISHED_TABLES if f"  {table.name} {{" not in relation_diagram()] == []


def test_tables_that_name_rows_of_the_same_tables_stand_in_one_box() -> None:
    others = [replace(VISITS, name=name) for name in ("stays", "tours")]
    assert table_chart((PEOPLE, VISITS, *others)).splitlines()[2:-1] == [
        '  group0["visits<br>stays<br>tours"]',
        "  people --- group0",
    ]


def test_the_flow_counts_what_is_declared() -> None:
    assert f"{len(PUBLISHED_TABLES)} tables" in flow_chart()
