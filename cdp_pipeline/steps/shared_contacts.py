"""touched people -> with those who are no longer alone with a contact, or alone with it again.

Whether a contact is shared stands on everybody's row; so one person's new phone changes another's profile.
"""

from dataclasses import replace

import polars as pl

from cdp_pipeline.profiles.contacts import build_scoped_contacts
from cdp_pipeline.steps.tables import SCOPED_CONTACTS, Sources

_CONTACT = ["scope", "kind", "value"]
_LAYER = "profiles_state"
_KEPT = "with_sharers"


def with_sharers(sources: Sources, touched: pl.Series, mark: str) -> pl.Series:
    """The touched people and those whose contacts become shared, or cease to be, by what happened to them.

    Args:
        sources: The lake; its scoped contacts are those of before, or already those of now.
        touched: Whom identity touched.
        mark: The identity layer now; for one mark and number of people the answer is kept.
    """
    lake = sources.lake
    asked = f"{mark.replace(':', '-')}-{touched.len()}-{touched.hash(seed=0).sum()}"
    if lake.exists(_LAYER, _KEPT, asked):
        return pl.read_parquet(lake.path(_LAYER, _KEPT, asked))["person_id"]
    if not lake.exists(*SCOPED_CONTACTS):
        return touched
    is_touched = pl.col("person_id").is_in(touched.implode())
    some = replace(sources, people=touched)
    now = build_scoped_contacts(some.current, some.persons, sources.shared).select(_CONTACT).collect()
    holders = lake.scan(*SCOPED_CONTACTS).select("person_id", *_CONTACT)
    was = holders.filter(is_touched).select(_CONTACT).collect()
    values = pl.concat([now, was]).unique()
    others = holders.filter(~is_touched).join(values.lazy(), on=_CONTACT, how="semi").collect()
    counted = others.group_by(_CONTACT).agg(others=pl.len())
    for name, rows in (("was", was), ("now", now)):
        counted = counted.join(rows.group_by(_CONTACT).agg(pl.len().alias(name)), on=_CONTACT, how="left")
    before, after = (pl.col("others") + pl.col(name).fill_null(0) > 1 for name in ("was", "now"))
    flipped = others.join(counted.filter(before != after), on=_CONTACT, how="semi")["person_id"]
    people = pl.concat([touched, flipped]).unique().sort()
    for old in lake.days(_LAYER, _KEPT):
        lake.forget_day(_LAYER, _KEPT, old)
    lake.write(_LAYER, _KEPT, pl.DataFrame({"person_id": people}), asked)
    return people
