"""Where a database stands among the revisions."""

import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.database import writing
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.revisions import Standing, newest_revision, revision_of, standing


def test_the_newest_revision_is_a_number() -> None:
    assert int(newest_revision() or "") >= 1


def test_an_empty_database_has_no_revision(url: str) -> None:
    with writing(url) as connection:
        assert (revision_of(connection), standing(connection)) == (None, Standing.EMPTY)


def test_a_database_just_published_is_at_the_newest(url: str, tables: tuple[Table, ...]) -> None:
    publish(url, {}, tables)
    with writing(url) as connection:
        assert (revision_of(connection), standing(connection)) == (newest_revision(), Standing.CURRENT)


@pytest.mark.parametrize("of_others", ["alembic_version", "orders"])
def test_tables_of_other_programs_do_not_count(url: str, of_others: str) -> None:
    with writing(url) as connection:
        sa.Table(of_others, sa.MetaData(), sa.Column("version_num", sa.Text())).create(connection)
        assert standing(connection) == Standing.EMPTY
