"""Where a database stands among the revisions."""

import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.database import writing
from cdp_pipeline.serving.publish import publish
from cdp_pipeline.serving.revisions import FIRST, VERSION_TABLE, Standing, newest_revision, revision_of, standing


def test_the_first_revision_is_known_and_the_newest_is_a_number() -> None:
    assert FIRST == "0001"
    assert int(newest_revision() or "") >= 1


def test_an_empty_database_has_no_revision(url: str) -> None:
    with writing(url) as connection:
        assert (revision_of(connection), standing(connection)) == (None, Standing.EMPTY)


def test_a_database_just_published_is_at_the_newest(url: str, tables: tuple[Table, ...]) -> None:
    publish(url, {}, tables)
    with writing(url) as connection:
        assert (revision_of(connection), standing(connection)) == (newest_revision(), Standing.CURRENT)


def test_a_database_from_before_there_were_revisions_is_at_the_first(url: str, tables: tuple[Table, ...]) -> None:
    publish(url, {}, tables)
    with writing(url) as connection:
        connection.exec_driver_sql(f"DROP TABLE {VERSION_TABLE}")
        assert revision_of(connection) == FIRST


@pytest.mark.parametrize("of_others", ["alembic_version", "orders"])
def test_tables_of_other_programs_do_not_count(url: str, of_others: str) -> None:
    with writing(url) as connection:
        sa.Table(of_others, sa.MetaData(), sa.Column("version_num", sa.Text())).create(connection)
        assert standing(connection) == Standing.EMPTY
