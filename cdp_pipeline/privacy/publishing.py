"""Requests whose state is a table of the database: a run publishes it, and its rows are counted for the proof."""

from typing import Final

import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.privacy.kinds import Context, Outcome
from cdp_pipeline.privacy.requests import Request
from cdp_pipeline.serving import database_tables, reading

_PUBLISHED: Final = (0, 3)
"""Exit statuses of a run that published."""


def publish_request(request: Request, table: Table, context: Context, message: str) -> Outcome:
    """Run the daily job, which publishes a request or its end; done once that is published.

    Args:
        request: The request; for a revocation, the rows of the earlier one are counted.
        table: The table with `request_id`.
        context: What the executor works on.
        message: The message of the outcome when it is published.
    """
    before = _count(request, table, context)
    status = context.run()
    if status not in _PUBLISHED:
        return Outcome(
            f"{request.request_id} is entered, but the run did not publish, so readers of the database do not see it "
            "yet. Correct the cause named above; the next run publishes it. Then make this call again to close it.",
            exit_status=1,
        )
    return Outcome(message, "done", tables={table.name: (before, _count(request, table, context))})


def _count(request: Request, table: Table, context: Context) -> int:
    """How many rows of a request are published."""
    found = database_tables(context.tables).tables[table.name]
    counted = request.revokes or request.request_id
    query = sa.select(sa.func.count()).select_from(found).where(found.c.request_id == counted)
    with reading(context.database_url) as connection:
        return connection.scalar(query) or 0
