"""touched people -> the contacts of all: theirs, and those of people who came to share one with them, or ceased to.

Whether a contact is shared stands on everybody's row, and decides which of a person's is the main one; so one person's
new phone changes another's contacts.
"""

import polars as pl

from cdp_pipeline.profiles.contacts import build_scoped_contacts
from cdp_pipeline.steps.sources import SCOPED_CONTACTS, Sources

_CONTACT = ["scope", "kind", "value"]


def renew_scoped_contacts(sources: Sources, touched: pl.Series) -> pl.Series:
    """Write SCOPED_CONTACTS; returns whose are made anew: the touched people and whom their contacts concern.

    Args:
        sources: The lake; its scoped contacts are those of before.
        touched: Whom identity touched.
    """
    before = sources.lake.scan(*SCOPED_CONTACTS)
    is_touched = pl.col("person_id").is_in(touched.implode())
    steady = before.filter(~is_touched)
    now = _contacts_of(sources, touched, steady)
    held, was = steady.select("person_id", *_CONTACT), before.filter(is_touched).select(_CONTACT).collect()
    concerned = _concerned(held, was, now.select(_CONTACT))
    is_steady = ~pl.col("person_id").is_in(concerned.implode())
    others = pl.concat([steady.filter(is_steady), now.lazy()])
    again = _contacts_of(sources, concerned, others) if concerned.len() else now.clear()
    sources.lake.write(*SCOPED_CONTACTS, pl.concat([others, again.lazy()]))
    return pl.concat([touched, concerned]).sort()


def _contacts_of(sources: Sources, people: pl.Series, others: pl.LazyFrame) -> pl.DataFrame:
    some = sources.of(people)
    return build_scoped_contacts(some.current, some.persons, sources.shared, others).collect()


def _concerned(others: pl.LazyFrame, was: pl.DataFrame, now: pl.DataFrame) -> pl.Series:
    """Who among the others is no longer alone with a contact, or alone with it again.

    Args:
        others: person_id and the contact, of people who were not touched.
        was: The contacts of touched people before, one row per person and contact.
        now: Those they have now.
    """
    values = pl.concat([now, was]).unique()
    known = others.filter(pl.col("value").is_in(values["value"].unique().implode()))
    holders = known.join(values.lazy(), on=_CONTACT, how="semi").collect()
    counted = holders.group_by(_CONTACT).agg(others=pl.len())
    for name, rows in (("was", was), ("now", now)):
        counted = counted.join(rows.group_by(_CONTACT).agg(pl.len().alias(name)), on=_CONTACT, how="left")
    before, after = (pl.col("others") + pl.col(name).fill_null(0) > 1 for name in ("was", "now"))
    return holders.join(counted.filter(before != after), on=_CONTACT, how="semi")["person_id"].unique().sort()
