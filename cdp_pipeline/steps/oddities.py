"""profiles -> what is odd about people and what they did, counted by object type and rule."""

from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.activities import DEFAULT_CURRENCY, PROFILE_ACTIVITIES
from cdp_pipeline.profiles.findings import OddParts, find_odd_people
from cdp_pipeline.profiles.golden import ATTRIBUTES
from cdp_pipeline.profiles.records import PROFILE_RECORDS
from cdp_pipeline.profiles.relationships import PROFILE_RELATIONSHIPS
from cdp_pipeline.steps.sources import Sources


def find_odd(lake: Lake) -> dict[str, dict[str, int]]:
    """Count what is odd about people and what they did, by object type and rule, and keep it for the findings."""
    sources = Sources(lake, DEFAULT_CURRENCY, ATTRIBUTES)
    parts = OddParts(
        records=sources.built(PROFILE_RECORDS.name),
        activities=sources.built(PROFILE_ACTIVITIES.name),
        relationships=sources.built(PROFILE_RELATIONSHIPS.name),
    )
    found: dict[str, dict[str, int]] = {}
    for object_type, rule, rows in find_odd_people(sources.current, sources.persons, parts).iter_rows():
        found.setdefault(object_type, {})[rule] = rows
    lake.write_report("profiles", "odd", found)
    return found


def read_odd(lake: Lake) -> dict[str, dict[str, int]]:
    """What `find_odd` found last; nothing before the first time."""
    return dict(lake.read_report("profiles", "odd") or {})
