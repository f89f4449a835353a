"""profile tables -> the same tables after a day: rows of people to whom nothing happened stay as they are.

Most tables say of a person what that person's records say: they are built for the people whom identity touched, and
for those whom the tables they read have changed. The others are built whole. Every table keeps whom it changed.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES
from cdp_pipeline.profiles.activity_counts import PROFILE_ACTIVITY_COUNTS, counts_moved
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES, addresses_moved
from cdp_pipeline.profiles.contacts import PROFILE_CONTACTS, build_scoped_contacts
from cdp_pipeline.profiles.golden import ATTRIBUTES
from cdp_pipeline.profiles.households import HOUSEHOLD_MEMBERS
from cdp_pipeline.profiles.leads import PROFILE_LEADS, gone_otherwise
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.profiles.recency import PROFILE_RECENCY, recency_moved
from cdp_pipeline.profiles.survivorship import Attribute
from cdp_pipeline.profiles.tables import PROFILE_TABLES
from cdp_pipeline.steps.changed_records import Mark, note_persons, persons_since
from cdp_pipeline.steps.persons import LAYER, identity_mark
from cdp_pipeline.steps.reports import RULES_VERSION
from cdp_pipeline.steps.shared_contacts import renew_scoped_contacts
from cdp_pipeline.steps.sources import SCOPED_CONTACTS, Sources
from cdp_pipeline.steps.tables import BUILDERS, OF_ACTIVITIES, READS, profiles_with_activities

MOST_PEOPLE = 0.3
"""Where more than this part of the people is to be renewed, building all rows costs no more than picking some."""

BUILDERS_VERSION = 3
"""Raised when builders make something else of the same records: all tables are then built anew, no file is read."""

BUILT_WHOLE = frozenset(
    {
        # What stands in it depends on other people.
        "profile_relationships",
        HOUSEHOLD_MEMBERS.name,
    }
)
"""The tables of persons that are built whole; so are all without a person."""

_AGEING: dict[str, Callable[[Sources, date, date], pl.LazyFrame]] = {
    PROFILE_ADDRESSES.name: lambda s, was, now: addresses_moved(s.built(PROFILE_ADDRESSES.name), was, now),
    PROFILE_ACTIVITY_COUNTS.name: lambda s, was, now: counts_moved(s.built(PROFILE_ACTIVITIES.name), was, now),
    PROFILE_RECENCY.name: lambda s, was, now: recency_moved(
        s.built(PROFILE_ACTIVITIES.name), s.built(PROFILE_RECENCY.name), was, now
    ),
}
"""The tables judged by the newest drop date, and whose rows another one changes though nothing happened to them."""

_TOGETHER = {HOUSEHOLD_MEMBERS.name: "household_id"}
"""Where others read of a person what the rows of several say, such as the size of a household: what these share."""

_STATE = "profiles_state"


def build_table(lake: Lake, table: str, currency: str, attributes: tuple[Attribute, ...] = ATTRIBUTES) -> int:
    """Bring one table of persons up to date in the lake; returns its rows.

    Nothing is done where all it is made of is as it was when it was last built.
    """
    sources = Sources(lake, currency, attributes)
    made_of = _made_of(table, sources)
    known = lake.read_report(_STATE, table)
    if known and known["made_of"] == made_of and lake.exists("profiles", table):
        return lake.rows("profiles", table)
    can_renew = known is not None and lake.exists("profiles", table) and known["made_of"]["by"] == made_of["by"]
    before = Mark.read(known["mark"]) if known and can_renew else None
    stale = _stale(sources, table, known["made_of"], made_of) if known and can_renew else None
    # As long as it is missing, whatever stops us in between leads to building everything next time.
    lake.forget_report(_STATE, table)
    renewed = None
    if before and stale is not None:
        mark = before.next()
        people, renewed = _renew(sources, table, stale)
        note_persons(lake, table, mark, people)
    elif before and "person_id" in _schema(table):
        mark = before.next()
        marks = _marks(lake, table)
        _build(sources, table)
        note_persons(lake, table, mark, _differing(marks, _marks(lake, table)))
    else:
        mark = Mark.anew()
        _build(sources, table)
    lake.write_report(_STATE, table, {"made_of": made_of, "mark": str(mark), "renewed": renewed})
    return lake.rows("profiles", table)


def overtaken_tables(lake: Lake) -> list[str]:
    """Tables that are not of the state in which identity and the tables they read now are, in the order of building.

    Such are left by a run that ended between two of its steps, and by a person who launches some steps only. Together
    they would tell of two states at once.
    """
    marks = {LAYER: identity_mark(lake), **{table: table_mark(lake, table) for table in BUILDERS}}
    found = []
    for table in BUILDERS:
        known = lake.read_report(_STATE, table)
        made_of = known["made_of"] if known else {}
        if any(not marks[of] or made_of.get(of) != marks[of] for of in (LAYER, *READS.get(table, ()))):
            found.append(table)
    return found


def table_people_since(lake: Lake, table: str, mark: str) -> pl.Series | None:
    """Whose rows may differ from those of the table when it had this mark; null where it may be anybody's."""
    if table not in BUILDERS or "person_id" not in _schema(table):
        return None
    return persons_since(lake, table, Mark.read(mark), Mark.read(table_mark(lake, table)))


def renewed_rows(lake: Lake, table: str, mark: str) -> int | None:
    """How many rows, the last of the table, are all those of `table_people_since` the mark; null where that is unknown.

    It is known where the table was renewed once since then.
    """
    state = lake.read_report(_STATE, table)
    return state.get("renewed") if state and state["mark"] == str(Mark.read(mark).next()) else None


def forget_table_states(lake: Lake) -> None:
    """Have every table built whole next time."""
    for table in BUILDERS:
        lake.forget_report(_STATE, table)


def _made_of(table: str, sources: Sources) -> dict[str, str]:
    """What decides a table's rows, by name; `by` stands for what renewal cannot follow."""
    by = repr((RULES_VERSION, BUILDERS_VERSION, sources.currency, sources.attributes))
    found = {"by": hashlib.sha256(by.encode()).hexdigest(), LAYER: identity_mark(sources.lake) or ""}
    for read in READS.get(table, ()):
        found[read] = table_mark(sources.lake, read)
    if table in BUILT_WHOLE or table in _AGEING:
        found["as_of"] = sources.as_of.isoformat()
    if table == PROFILE_LEADS.name:
        gone = sources.gone_leads
        found["gone"] = f"{gone.height}:{gone.hash_rows(seed=0).sum()}"
    return found


def table_mark(lake: Lake, table: str) -> str:
    """The mark of a table of persons; empty where it is unfinished."""
    state = lake.read_report(_STATE, table)
    return str(state["mark"]) if state else ""


@dataclass(frozen=True)
class _Stale:
    """Whose rows are to be renewed: all of the row, or only what it says of activities."""

    people: pl.Series
    active: pl.Series


def _stale(sources: Sources, table: str, was: dict[str, str], now: dict[str, str]) -> _Stale | None:
    """Whose rows are to be renewed; null where all are."""
    lake = sources.lake
    if table in BUILT_WHOLE or "person_id" not in _schema(table) or not now[LAYER]:
        return None
    nobody = pl.Series("person_id", [], pl.String)
    people, active = [nobody], [nobody]
    for of in (LAYER, *READS.get(table, ())):
        if of not in was:
            return None
        touched = persons_since(lake, of, Mark.read(was[of]), Mark.read(now[of]))
        if touched is None:
            return None
        (active if table == PROFILES.name and of in OF_ACTIVITIES else people).append(touched)
    if table == PROFILE_LEADS.name:
        people.append(gone_otherwise(lake.scan("profiles", table), sources.gone_leads.lazy()).collect()["person_id"])
    if moved := _AGEING.get(table):
        days = (date.fromisoformat(made_of["as_of"]) for made_of in (was, now))
        people.append(moved(sources, *days).collect()["person_id"])
    every, further = pl.concat(people).unique().sort(), pl.concat(active).unique().sort()
    further = further.filter(~further.is_in(every.implode()))
    # Some of them are gone; those who are there count.
    is_many = every.len() + further.len() > MOST_PEOPLE * max(1, lake.rows("identity", "person_ids"))
    return None if is_many else _Stale(every, further)


def _renew(sources: Sources, table: str, stale: _Stale) -> tuple[pl.Series, int | None]:
    """Build the rows of these people, and leave the others as they are.

    Returns whose rows are built, and how many these are where they are the last of the table.
    """
    lake = sources.lake
    if table == PROFILE_CONTACTS.name:
        people = renew_scoped_contacts(sources, stale.people)
        lake.write("profiles", table, BUILDERS[table](sources))
        return people, None
    people = pl.concat([stale.people, stale.active])
    parts = [BUILDERS[table](sources.of(stale.people))]
    if stale.active.len():
        parts.append(profiles_with_activities(sources.of(stale.active)))
    anew = pl.concat(parts).collect(engine="streaming")
    others = lake.scan("profiles", table).filter(~pl.col("person_id").is_in(people.implode()))
    lake.write("profiles", table, pl.concat([others, anew.lazy()]))
    return people, anew.height


def _build(sources: Sources, table: str) -> None:
    if table == PROFILE_CONTACTS.name:
        lake = sources.lake
        lake.write(*SCOPED_CONTACTS, build_scoped_contacts(sources.current, sources.persons, sources.shared))
    sources.lake.write("profiles", table, BUILDERS[table](sources))


def _marks(lake: Lake, table: str) -> pl.DataFrame:
    """A mark of each row: person_id, mark."""
    rows = lake.scan("profiles", table).collect()
    marked = rows.with_columns(mark=rows.hash_rows(seed=0))
    if together := _TOGETHER.get(table):
        marked = marked.with_columns(pl.col("mark").sum().over(together))
    return marked.select("person_id", "mark")


def _differing(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """The people of rows that came, went or changed."""
    both = ((before, after), (after, before))
    moved = [one.join(other, on=["person_id", "mark"], how="anti") for one, other in both]
    return pl.concat(moved)["person_id"].unique().sort()


def _schema(table: str) -> Iterable[str]:
    return next(t.schema.names() for t in PROFILE_TABLES if t.name == table)
