"""Writing the next revision from what the declared tables have become."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.pipeline.migration import main
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.drafting import differences, draft_revision
from cdp_pipeline.serving.revisions import newest_revision

Draft = Callable[..., str]


@pytest.fixture
def draft(tmp_path: Path, tables: tuple[Table, ...]) -> Draft:
    """Writes the first revision of the tables and then the next one, and returns the text of the latter."""

    def write(changed: tuple[Table, ...]) -> str:
        versions = tmp_path / "versions"
        versions.mkdir()
        assert draft_revision("first", tables, versions) == versions / "r0001_first.py"
        written = draft_revision("what is new", changed, versions)
        assert differences(changed, versions) == []
        return written.read_text(encoding="utf-8") if written else ""

    return write


def test_the_newest_revision_is_what_is_declared() -> None:
    found = differences(PUBLISHED_TABLES)
    assert not found, f'The declared tables have changed; run: make migration m="what changes". {found}'


def test_what_has_not_changed_needs_no_revision(draft: Draft, tables: tuple[Table, ...]) -> None:
    assert draft(tables) == ""


def test_a_revision_says_what_changes_and_what_it_follows(draft: Draft, tables: tuple[Table, ...]) -> None:
    contacts, profiles = tables
    nickname = TableColumn("nickname", pl.String(), "What friends say.")
    text = draft((contacts, replace(profiles, columns=(*profiles.columns, nickname))))
    assert text.startswith('"""What is new."""\n')
    assert 'revision = "0002"\ndown_revision = "0001"\n' in text
    assert 'batch_op.add_column(sa.Column("nickname", sa.Text(), nullable=True))' in text


def test_types_of_ours_are_written_as_those_of_sqlalchemy(draft: Draft, tables: tuple[Table, ...]) -> None:
    added = Table(
        "visits",
        "One row per visit.",
        (
            TableColumn("id", pl.Int64(), "Its number.", nullable=False),
            TableColumn("at", pl.Datetime("ms", "UTC"), "When."),
            TableColumn("tags", pl.List(pl.String()), "Tags."),
        ),
        key=("id",),
    )
    text = draft((*tables, added))
    assert 'sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False)' in text
    assert 'sa.Column("at", sa.DateTime(timezone=True), nullable=True)' in text
    assert 'sa.Column("tags", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)' in text
    assert "cdp_pipeline" not in text


def test_the_command_finds_nothing_to_do_and_asks_for_a_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = newest_revision()
    monkeypatch.setattr("sys.argv", ["migrations", "nothing"])
    assert main() == 0
    assert "Nothing to do" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["migrations", ""])
    assert main() == 2
    assert newest_revision() == before
