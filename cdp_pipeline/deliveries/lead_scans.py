"""Pages of MoeGo's list of leads -> the companies with a complete list per day, and the rejected leads.

A lead that is missing from a complete list is gone, which `profiles/leads/gone_leads.py` decides. A plain file of leads
is no list. Neither is a misplaced one, because it has no date.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.reports import read_day_report
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.ingest import ENVELOPE, UNREADABLE, ListPage
from cdp_pipeline.profiles.leads import LEAD_SCANS, REFUSED_LEADS, LeadScans, RefusedLeads
from cdp_pipeline.store import UNDATED, Lake
from cdp_pipeline.validation import REJECTED

# A value in place of an entry that is no object, such as null, is no lead.
_NO_ENTRY = r"^\s*(null|true|false|-?[0-9][0-9.eE+-]*|\".*\")\s*$"


def listed_companies(
    pages: Counter[ListPage], rejected: pl.LazyFrame, aliases: Mapping[str, str]
) -> tuple[str | None, ...]:
    """The companies with a complete list on one day, sorted; None stands for leads without a company.

    Pages that share a company belong to one list. A list is complete if one of its pages is the last page. A last page
    without leads completes the one list without an end; for several such lists, there must be as many such pages. An
    entry or file that cannot be read may be a page or hold a lead; then no list of the day is complete.

    Args:
        pages: The pages of the day.
        rejected: The rejected rows of the day: `rules` and `raw`.
        aliases: The internal company by company id, for ids with an alias.
    """
    if not pages or _hide_leads(rejected):
        return ()
    lists: list[tuple[set[str | None], bool]] = []
    for page in pages:
        companies = {aliases.get(company, company) if company else None for company in page.companies}
        is_whole = page.is_last
        if not companies:
            continue
        for other in [known for known in lists if known[0] & companies]:
            lists.remove(other)
            companies, is_whole = companies | other[0], is_whole or other[1]
        lists.append((companies, is_whole))
    bare_ends = sum(count for page, count in pages.items() if page.is_last and not page.companies)
    open_lists = sum(not is_whole for _, is_whole in lists)
    whole = {company for companies, is_whole in lists if is_whole or open_lists <= bare_ends for company in companies}
    return tuple(sorted(whole, key=lambda company: (company is not None, company or "")))


def _hide_leads(rejected: pl.LazyFrame) -> bool:
    """Whether rejected rows may hold leads whose id cannot be read."""
    is_unread = pl.col("rules").list.set_intersection([UNREADABLE, ENVELOPE]).list.len() > 0
    is_lead = ~pl.col("raw").str.contains(_NO_ENTRY).fill_null(value=False)
    return bool(rejected.select((is_unread & is_lead & _lead_id().is_null()).any()).collect().item())


def _lead_id() -> pl.Expr:
    """The id in a rejected entry as sent; null if it cannot be read."""
    return pl.col("raw").str.json_path_match("$.id").str.strip_chars()


def lead_scans(lake: Lake) -> LazyFrame[LeadScans]:
    """One row per company and day with a complete list of leads."""
    scans = [
        (company, date.fromisoformat(day))
        for day in lake.report_days(MOEGO_LEAD.name)
        if day != UNDATED and (report := read_day_report(lake, MOEGO_LEAD.name, day))
        for company in report.listed_companies
    ]
    return LEAD_SCANS.named(pl.LazyFrame(scans, schema=LEAD_SCANS.schema, orient="row"))


def refused_leads(lake: Lake) -> LazyFrame[RefusedLeads]:
    """One row per rejected MoeGo lead with a readable id, and drop date."""
    return REFUSED_LEADS.named(
        lake.scan_days("rejected", MOEGO_LEAD.name, REJECTED.schema)
        .select(_lead_id().alias("id"), "drop_date")
        .filter(pl.col("id").is_not_null() & pl.col("drop_date").is_not_null())
        .unique()
        .match_to_schema(REFUSED_LEADS.schema)
    )
