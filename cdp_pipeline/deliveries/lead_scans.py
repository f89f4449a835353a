"""Pages of MoeGo's list of leads -> which companies were listed whole on which day, and the refused leads among them.

A lead that such a list does not hold is gone; `profiles/gone_leads.py` decides that. A plain file of leads is no list,
and neither is a misplaced one, as it has no date.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.reports import read_day_report
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.ingest.batch import ENVELOPE, UNREADABLE, ListPage
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.profiles.gone_leads import LEAD_SCANS, REFUSED_LEADS, LeadScans, RefusedLeads
from cdp_pipeline.validation.tables import REJECTED

# What stands where an entry belongs and is no object, such as null, is no lead that a list could have lost.
_NO_ENTRY = r"^\s*(null|true|false|-?[0-9][0-9.eE+-]*|\".*\")\s*$"


def listed_companies(
    pages: Counter[ListPage], rejected: pl.LazyFrame, aliases: Mapping[str, str]
) -> tuple[str | None, ...]:
    """The companies whose list came whole on one day, in order; None stands for leads without a company.

    Pages that have a company in common are of one list, and a list is whole when one of its pages is the last. A last
    page without leads ends the one list that lacks an end; where several do, as many such pages must have come. An
    entry or file that cannot be read may be a page or hold a lead: then no list of the day counts as whole.

    Args:
        pages: The day's pages.
        rejected: The day's rejected rows: `rules` and `raw`.
        aliases: The internal company of each company id that has another name.
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
    """Whether rejected rows may hold leads whose id cannot be told."""
    is_unread = pl.col("rules").list.set_intersection([UNREADABLE, ENVELOPE]).list.len() > 0
    is_lead = ~pl.col("raw").str.contains(_NO_ENTRY).fill_null(value=False)
    return bool(rejected.select((is_unread & is_lead & _lead_id().is_null()).any()).collect().item())


def _lead_id() -> pl.Expr:
    """The id in a rejected entry as sent; null when it cannot be read."""
    return pl.col("raw").str.json_path_match("$.id").str.strip_chars()


def lead_scans(lake: Lake) -> LazyFrame[LeadScans]:
    """One row per company and day whose list of leads came whole."""
    scans = [
        (company, date.fromisoformat(day))
        for day in lake.report_days(MOEGO_LEAD.name)
        if day != UNDATED and (report := read_day_report(lake, MOEGO_LEAD.name, day))
        for company in report.listed_companies
    ]
    return LEAD_SCANS.named(pl.LazyFrame(scans, schema=LEAD_SCANS.schema, orient="row"))


def refused_leads(lake: Lake) -> LazyFrame[RefusedLeads]:
    """One row per rejected MoeGo lead whose id can be read, and day."""
    return REFUSED_LEADS.named(
        lake.scan_days("rejected", MOEGO_LEAD.name, REJECTED.schema)
        .select(_lead_id().alias("id"), "drop_date")
        .filter(pl.col("id").is_not_null() & pl.col("drop_date").is_not_null())
        .unique()
        .match_to_schema(REFUSED_LEADS.schema)
    )
