"""Tables of people -> anomalies in people and in what they did, counted by object type and rule."""

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import RECORD_PERSONS
from cdp_pipeline.pipeline.current import current_tables
from cdp_pipeline.pipeline.identity import persons_token
from cdp_pipeline.pipeline.refresh import layer_token
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES
from cdp_pipeline.profiles.addresses import PROFILE_RELATIONSHIPS
from cdp_pipeline.profiles.records import PROFILE_RECORDS, AnomalyInputs, find_anomalies
from cdp_pipeline.store import Lake

READ = (PROFILE_RECORDS, PROFILE_ACTIVITIES, PROFILE_RELATIONSHIPS)
"""The layers in which it is looked for, beside the current records."""


def count_anomalies(lake: Lake) -> dict[str, dict[str, int]]:
    """Count the anomalies in people and in what they did: rows by object type and rule.

    The counts of the last run are returned while the layers and records that they come from are unchanged.
    """
    made_of = [layer_token(lake, table.name) for table in READ] + [persons_token(lake, ENTITIES)]
    known = lake.read_report("profiles", "odd")
    if known and all(made_of) and known.get("made_of") == made_of:
        return dict(known["found"])
    parts = AnomalyInputs(
        records=PROFILE_RECORDS.named(lake.scan("profiles", PROFILE_RECORDS.name)),
        activities=PROFILE_ACTIVITIES.named(lake.scan("profiles", PROFILE_ACTIVITIES.name)),
        relationships=PROFILE_RELATIONSHIPS.named(lake.scan("profiles", PROFILE_RELATIONSHIPS.name)),
    )
    found: dict[str, dict[str, int]] = {}
    persons = RECORD_PERSONS.named(lake.scan("identity", RECORD_PERSONS.name))
    for object_type, rule, rows in find_anomalies(current_tables(lake, ENTITIES), persons, parts).iter_rows():
        found.setdefault(object_type, {})[rule] = rows
    lake.write_report("profiles", "odd", {"made_of": made_of, "found": found})
    return found
