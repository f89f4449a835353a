"""Every check there is: where it stands, what it measures and by which limits, and its sentences.

Dagster's checks, the verdicts of a run and the table in docs/checks.md are made of this table.
"""

from typing import Any

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality import people, published, rejections, requests, staged, state
from cdp_pipeline.quality.verdict import Check, Verdict

_FAULT = "This is a fault of the pipeline: rebuild with `cdp run --all`, and report it if it stays."

CHECKS = (
    Check(
        name="every_row_is_accounted_for",
        asset="staging/<entity>",
        promise="Each row read is accepted, rejected with a reason, a counted duplicate, or suppressed as an erased "
        "person's.",
        effect="stops",
        measure=staged.unaccounted_rows,
        holds="Every one of {rows} is accounted for.",
        broken="Rows are unaccounted for on {found}; each must be accepted, rejected, a duplicate or suppressed. "
        "This is a fault of the pipeline: read the day again with `cdp run --date`, and report it if it stays.",
    ),
    Check(
        name="as_many_rows_as_usual",
        asset="staging/<entity>",
        promise="No day lacks its file or has far fewer rows than its weekday usually brings.",
        measure=staged.rows_against_usual,
        holds="No day lacks its file or has far fewer rows than usual, as far as former days show what is usual.",
        broken="{found}. Expected a file a day with about as many rows as usual; ask the sender whether the file is "
        "missing or cut off. A file delivered again to the same folder replaces what was read.",
    ),
    Check(
        name="fields_are_as_before",
        asset="staging/<entity>",
        promise="No field is new and unknown, and none that was filled on former days is empty in all rows.",
        measure=staged.changed_fields,
        holds="No field came or went; kept in column extra: {unknown} that are not declared.",
        broken="{found}. Expected the fields of the days before. Ask the sender what changed. For a table, name "
        "the field of a new header below [{entity.object_type}.fields] of a mapping (docs/files.md) and run "
        "again; values of unknown fields are kept in column extra.",
    ),
    Check(
        name="contacts_are_usable",
        asset="staging/<entity>",
        promise="Nearly all filled phones and e-mails are usable.",
        measure=staged.unusable_contacts,
        holds="{usable:,} of {contacts_filled:,} filled phones and e-mails are usable.",
        broken="Unusable phones or e-mails on {found}; expected at least {entity.thresholds.usable_contacts:.0%} "
        "usable. People without a contact are rarely found again: ask the sender what fills the field, and check "
        "CDP_DEFAULT_REGION for phones without a country code.",
        applies=lambda entity: bool(staged.contact_columns(entity)),
    ),
    Check(
        name="values_are_in_their_lists",
        asset="staging/<entity>",
        promise="Few rows have a value outside its declared list.",
        measure=staged.values_outside_lists,
        holds="Outside their lists: {values}.",
        broken="Values outside their lists on {found}; expected at most {entity.thresholds.outside_lists:.0%}. "
        "Give words of the sender their meaning below [{entity.object_type}.values] of a mapping (docs/files.md); "
        "`cdp check-file FILE --entity {entity.object_type}` names them. Ask the sender to correct wrong ones.",
        applies=lambda entity: bool(staged.listed_columns(entity)),
    ),
    Check(
        name="rejected_share_is_low",
        asset="rejected/<entity>",
        promise="Few rows of a day are rejected, and not clearly more than usual.",
        measure=rejections.open_rejections,
        holds="Rejected: {rows_rejected:,} of {rows}; open: {rows_rejected_open:,}.",
        broken="More rejected rows than usual are open: {found}. `cdp rejected --entity {entity.object_type}` lists "
        "them with what is wrong; `cdp rejected --entity {entity.object_type} --csv FILE` exports them for repair.",
    ),
    Check(
        name="rejected_share_is_bearable",
        asset="rejected/<entity>",
        promise="No delivery is held because all of it or the greater part is rejected.",
        effect="holds",
        measure=rejections.held_deliveries,
        holds="No delivery is held.",
        broken="{found}; expected accepted rows, and at most {entity.thresholds.rejected_limit:.0%} rejected. Such a "
        "delivery is held: none of its rows are used, rows of the day that were used before stay, and all else is "
        "published. `cdp rejected --entity {entity.object_type} --date {first}` shows what is wrong. Repair its rows "
        "(the same command with `--csv FILE` exports them for `cdp repair FILE`), or deliver the corrected file under "
        "its own name into {entity.object_type}/{first}/, or remove it, and run again; or accept the delivery as it is "
        "with `cdp run --date {first} --accept-rejected` (in Dagster: `accept_rejected: true` on read_{entity.name}).",
    ),
    Check(
        name="duplicates_are_few",
        asset="rejected/<entity>",
        promise="Few rows of a day are exact re-sends.",
        measure=rejections.exact_resends,
        holds="Exact re-sends: {rows}.",
        broken="Exact re-sends on {found}; expected at most {entity.thresholds.duplicates:.0%}. They count "
        "once and harm nothing, but ask the sender whether a file was sent twice or exports overlap.",
    ),
    Check(
        name="keys_are_unique",
        asset="current/<entity>",
        promise="Each record key stands once.",
        effect="stops",
        measure=state.keys_of_records,
        begins="{records:,} records have {keys:,} keys",
        holds=".",
        broken="; expected one each. " + _FAULT,
    ),
    Check(
        name="newest_drop_is_fresh",
        asset="current/<entity>",
        promise="The entity's newest delivery lies at most a few days behind the newest of all entities.",
        measure=state.days_behind,
        begins="The newest delivery is {state}",
        holds=".",
        broken=", {days} behind {newest_of_all}, the newest of all entities; expected at most "
        "{entity.thresholds.fresh_days}. Ask the sender of {entity.object_type} whether its export still runs.",
    ),
    Check(
        name="every_record_has_one_person",
        asset="identity/record_persons",
        promise="Each current record stands once in record_persons or, with its reason, in unlinked_records.",
        effect="stops",
        measure=people.records_placed,
        holds="{records:,} records have one person each, or a reason why not.",
        broken="{placed:,} of {records:,} records stand in exactly one place; expected all. " + _FAULT,
    ),
    Check(
        name="references_resolve",
        asset="identity/record_persons",
        promise="Nearly all customer and lead ids name a known person.",
        measure=people.unresolved_references,
        # Up to so few never warn, whatever their share.
        limits={"few": 3},
        holds="{unresolved_references:,} records name a customer or lead who is not known for certain, which "
        "is nothing unusual.",
        broken="{found}. Their customers or leads may still arrive; if they do not, ask the sender whether the file of "
        "customers came whole and whether the ids belong to a system that sends none.",
    ),
    Check(
        name="persons_are_steady",
        asset="identity/record_persons",
        promise="Few people known before were merged, split or lost their profile.",
        measure=people.people_disturbed,
        # An ordinary day disturbs fewer people than this share, a broken file more; fewer people than `few` never warn.
        limits={"share": 0.02, "few": 5},
        begins="Of {before:,} people {merged:,} were merged, {split:,} split and {gone:,} lost their profile "
        "(warning above {share:.0%}).",
        broken=" Check person_id_history and `cdp explain`, and correct what is wrong with CDP_IDENTITY_OVERRIDES; "
        "`cdp run --preview-identity` shows such numbers before anything is published.",
    ),
    Check(
        name="clusters_are_small",
        asset="identity/record_persons",
        promise="No person has an implausible number of records.",
        measure=people.largest_person,
        # A person known to five systems under all numbers and spellings has some twenty. Identity cuts at 200.
        limits={"most": 50},
        begins="The largest person is made of {largest_cluster:,} records and contacts",
        holds=".",
        broken="; expected at most {most}. Find the person by `record_count` in profiles and check it with "
        "`cdp explain`: if it is several people, block what they share in CDP_IDENTITY_RULES.",
    ),
    Check(
        name="few_identifiers_are_nobodys",
        asset="identity/skipped_identifiers",
        promise="Few identifiers are placeholders; the blocked ones are counted here.",
        measure=people.placeholders,
        # With more, a form somewhere has a field that people refuse to fill.
        limits={"share": 0.05},
        begins="{placeholders:,} of {identifiers:,} identifiers are placeholders, of {values} (warning above "
        "{share:.0%}).",
        broken=" Table skipped_identifiers lists them; ask the sender which form makes people type a placeholder.",
    ),
    Check(
        name="every_override_holds",
        asset="identity/override_problems",
        promise="Each line of the overrides file is applied.",
        measure=people.unapplied_overrides,
        holds="No line is wrong.",
        broken="{lines}. Correct or remove these lines of the file in CDP_IDENTITY_OVERRIDES; the others are applied.",
    ),
    Check(
        name="people_are_consistent",
        asset="profiles/profiles",
        promise="Few people have records that contradict each other in name, birth date or gender.",
        measure=published.contradicting_people,
        # Typing errors are rarer.
        limits={"share": 0.02},
        begins="Of {people:,} people {worst:,} have records that contradict each other in one attribute (warning above "
        "{share:.0%}).",
        broken=" Table quality_findings counts all of it; `cdp explain` shows whether a person is two, and "
        "CDP_IDENTITY_OVERRIDES parts them.",
    ),
    Check(
        name="people_have_not_collapsed",
        asset="profiles/profiles",
        promise="No table of people lost a large part of the rows that are published now.",
        effect="stops",
        measure=published.lost_rows,
        # People are added daily and hardly ever go, so that a fifth fewer is a lost file or a broken rule; up to so few
        # lost rows are never a collapse.
        limits={"left": 0.8, "few": 10},
        holds="{state}",
        broken="{found}; expected at least {left:.0%}. Nothing is published. Find in "
        "`as_many_rows_as_usual` which file was incomplete and deliver it again, or undo the changed rule; if the "
        "people are rightly gone, run once with "
        "`cdp run --accept-fewer-people` (in Dagster: `accept_fewer_people: true` on build_profiles).",
    ),
    Check(
        name="nobody_erased_came_back",
        asset="profiles/profiles",
        promise="No record is of a person who was erased on request.",
        effect="stops",
        measure=people.records_of_erased_persons,
        holds="No record is of an erased person.",
        broken="{returned:,} records are of persons who were erased on request; expected none. Nothing is published. "
        "Run `cdp run`, which applies all requests to the lake first; if the check still fails, report it.",
    ),
    Check(
        name="profiles_are_complete",
        asset="profiles/profiles",
        promise="Most people have a name, a contact, a birth date and a gender.",
        measure=published.shares_having,
        # Sources of customers demand the first two and offer the others, which about half of the people fill. Shares of
        # fewer people than `fewest` are chance.
        limits={"least": {"name": 0.9, "contact": 0.8, "birth": 0.4, "gender": 0.4}, "fewest": 20},
        holds="Of {people:,} people {shares}.",
        broken="{found}. `fields_are_as_before` and `contacts_are_usable` show which source left it out.",
    ),
    Check(
        name="published_equals_lake",
        asset="serving/profiles",
        promise="Every table of the database has the rows of the lake, and a sample of profiles is the same cell by "
        "cell.",
        effect="stops",
        measure=published.tables_differing,
        holds="{tables:,} tables have the rows of the lake; {probed:,} profiles were compared cell by cell.",
        broken="{found}; expected the same. Another program writes to the database, or publishing failed: run "
        "again with `cdp run`, which writes what differs, and let only the pipeline's role write.",
    ),
    Check(
        name="no_request_is_overdue",
        asset="privacy/requests",
        promise="No request of a person is past the date by which a first answer or its execution is due.",
        measure=requests.overdue_requests,
        begins="{requests_overdue:,} of {requests_open:,} open requests of people are overdue",
        holds=".",
        broken="; expected none. `cdp requests` lists them: carry them out with `cdp request`, or record the answer "
        "that was given with `cdp requests answer`.",
    ),
)
"""In the order in which a run comes by them."""

BY_NAME = {check.name: check for check in CHECKS}
"""Check names are unique."""


def checks_of(layer: str, entity: Entity | None = None) -> list[Check]:
    """The checks on the assets of a layer; of an entity, those for which it has columns."""
    return [c for c in CHECKS if c.asset.startswith(f"{layer}/") and (entity is None or c.applies(entity))]


def evaluate(layer: str, entity: Entity | None = None, **counts: Any) -> list[Verdict]:
    """The verdicts of a layer's checks on the counts that they measure."""
    return [check.evaluate(entity=entity, **counts) for check in checks_of(layer, entity)]
