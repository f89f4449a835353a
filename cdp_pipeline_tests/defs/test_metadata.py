import polars as pl

from cdp_pipeline.defs.metadata import column_schema, counts_table, masked_examples
from cdp_pipeline.entities.table import Table, TableColumn

CONTACTS = Table(
    name="contacts",
    description="One row per contact.",
    columns=(
        TableColumn("kind", pl.String(), "phone or email.", nullable=False),
        TableColumn("owner", pl.String(), "Whose it is.", personal=True),
    ),
    key=("kind",),
)


def test_columns_carry_their_description_and_whether_they_are_personal() -> None:
    kind, owner = column_schema(CONTACTS).columns
    assert (kind.description, kind.constraints.nullable, kind.constraints.unique) == ("phone or email.", False, True)
    assert (dict(kind.tags), set(owner.tags)) == ({}, {"personal_data"})


def test_example_rows_are_masked_where_they_are_personal() -> None:
    shown = masked_examples(pl.LazyFrame({"kind": ["phone"], "owner": ["Nguyễn An"]}), CONTACTS).value
    assert r"| phone | N\*\*\* A\*\*\* |" in shown
    assert "Nguyễn" not in shown


def test_counts_are_listed_largest_first() -> None:
    lines = counts_table({"type:yob": 1, "required:customerId": 1200}, "rule").value.splitlines()
    assert lines[2:] == ["| `required:customerId` | 1,200 |", "| `type:yob` | 1 |"]


def test_what_senders_wrote_is_neither_picture_nor_link_nor_html_nor_a_cell_more() -> None:
    sent = "![x](http://evil/p.png) <img src=x> | a\nb"
    row = masked_examples(pl.LazyFrame({"kind": [sent], "owner": [None]}), CONTACTS).value.splitlines()[2]
    assert row == r"| \!\[x\]\(http\://evil/p.png\) \<img src=x\> \| a\\nb |  |"


def test_a_key_of_a_sender_does_not_end_its_code() -> None:
    shown = counts_table({"drift:a`<b>|c\x1b[2J": 1}, "finding").value
    assert shown.splitlines()[2] == r"| `drift:a'<b>\|c\x1b[2J` | 1 |"
