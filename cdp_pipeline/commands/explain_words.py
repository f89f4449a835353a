"""The words of `cdp explain`: identity's links and records -> sentences for people, masked unless asked otherwise.

They hold text of others as it is; whoever prints them makes it printable.
"""

from collections.abc import Callable, Iterable

import polars as pl

from cdp_pipeline.commands.cells import evidence_words
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.identity.matching import BELOW_THRESHOLD, LIKE_RELATIVES, NAME_ALONE
from cdp_pipeline.values.mask import mask_email, mask_phone, mask_text

_KIND_WORDS = {
    "customer_id": "customer id",
    "identity_no": "identity number",
    "passport_no": "passport number",
    "phone": "phone",
    "email": "e-mail address",
    "facebook_id": "Facebook id",
    "zalo_id": "Zalo id",
    "linkedin_id": "LinkedIn id",
    "twitter_id": "Twitter id",
    "instagram_id": "Instagram id",
}
_REASON_WORDS = {
    "names_differ": "their names are those of two people",
    "births_differ": "their birth dates are those of two people",
    "generations_differ": "a generation lies between their birth dates",
    "genders_differ": "their genders and names differ",
    "identity_numbers_differ": "their identity numbers differ",
    "passports_differ": "their passport numbers differ",
    "customer_ids_differ": "one has no name to compare, and their system knows them as two customers",
    "ambiguous": "one of them describes itself so briefly that it fits two people there",
    "bridge": "one of them would have joined two people who contradict each other",
    "value_is_nobodys": "the value is a placeholder, or blocked in the identity rules",
    "held_by_too_many_people": "more people hold it than the limit allows",
    "cluster_too_large": "the person would have grown beyond the limit",
    "said_different": "the overrides file has them as different people",
}

_NOT_ENOUGH_WORDS = {
    BELOW_THRESHOLD: "that is less than it takes to join two records",
    NAME_ALONE: "a name alone joins no two records, nor do unlike names of two genders",
    LIKE_RELATIVES: "namesakes and relatives have as much in common",
}

LEGEND = {
    "strong": "enough alone, whatever the names are",
    "medium": "joins where neither names nor birth dates contradict each other; a missing one contradicts nothing",
    "alike": "all that both records have, weighed: each bit doubles the odds that they are one person",
    "vetoed": "kept apart, also where other records would lead from one to the other",
    "cut": "undone, because the joined records would contradict each other",
    "blocked": "the value joins no records",
}
"""What the words in brackets mean."""


def belonging_lines(records: pl.DataFrame, numbered: dict[str, str], unmask: bool, *, are_alone: bool) -> Iterable[str]:
    """A line per way in which records without a link belong to the person, with the numbers of those that have one."""
    ways: dict[str, list[str | None]] = {}
    for row in records.iter_rows(named=True):
        ways.setdefault(_way(row, unmask, are_alone), []).append(numbered.get(row["record_key"]))
    for way, of in ways.items():
        listed = [number for number in of if number]
        rest = len(of) - len(listed)
        more = [f"and {rest:,} more" if listed else f"{rest:,} not listed"] if rest else []
        yield f"  {' '.join([*listed, *more])}: {way}"


def _way(row: dict[str, str | None], unmask: bool, is_alone: bool) -> str:
    def shown(value: str | None, mask: Callable[[str | None], str | None] = mask_text) -> str:
        return (value if unmask else mask(value)) or ""

    if row["sent_to"]:
        mask = mask_email if "@" in row["sent_to"] else mask_phone
        return f"{row['object_type']} sent to {shown(row['sent_to'], mask)}, which no other person has."
    if row["role"] == "contact":
        customer = f"customer id {shown(row['customer_id'])}, " if row["customer_id"] else ""
        as_another = "" if is_alone else " as another record above does"
        return f"{row['object_type']} names the person by {customer}name and contacts{as_another}."
    if row["customer_id"]:
        whose = "; the name on it is the related person's" if _names_another_person(row) else ""
        return f"{row['object_type']} of customer id {shown(row['customer_id'])}, who is this person{whose}."
    return f"{row['object_type']} of lead id {shown(row['lead_id'])}, which is this person's."


def _names_another_person(row: dict[str, str | None]) -> bool:
    return BY_OBJECT_TYPE[str(row["object_type"])].names_another_person


def record_text(row: dict[str, str | None], unmask: bool, with_person: bool = False, *, with_key: bool = False) -> str:
    """A record as people name it: entity, id, system, name, and whose it is and its key where that is asked for."""
    name, source_id = row["display_name"], row["source_id"]
    shown = [str(row["object_type"]), (source_id if unmask else mask_text(source_id)) or ""]
    text = " ".join(filter(None, shown)) + f" of {row['system_name'] or 'no named system'}"
    if name:
        about = "about " if _names_another_person(row) else ""
        text += f" ({about}{name if unmask else mask_text(name)})"
    if with_person:
        text += f" [person {row['person_id']}]" if row["person_id"] else " [deleted, or without a profile]"
    return f"{text}, key {row['record_key']}" if with_key else text


def veto_words(veto: str) -> str:
    """Why two records are never one person's, whatever links them."""
    return _REASON_WORDS.get(veto, veto)


def _value(row: dict[str, str | None], unmask: bool) -> str:
    value, kind = row["value"], row["identifier_kind"]
    if value is None:
        return ""
    bare = value.rsplit("|", 1)[-1]
    if unmask:
        return f" {bare}"
    mask = {"phone": mask_phone, "email": mask_email}.get(str(kind), mask_text)
    return f" {mask(bare) or ''}"


def explained_words(link: dict[str, str | None]) -> list[str]:
    """The words of the line of a link that `LEGEND` explains."""
    kind = str(link["identifier_kind"])
    if link["status"] == "used":
        return [kind if kind == "alike" else str(link["strength"])]
    return [str(link["status"])]


def used_line(row: dict[str, str | None], names: dict[str, str], unmask: bool) -> str:
    """Why a link joined two records."""
    pair = _pair(row, names)
    kind = str(row["identifier_kind"])
    if kind == "override":
        return f"{pair}: the overrides file has them as the same person."
    if kind == "alike":
        return (
            f"{pair}: alike, {row['score']:.1f} bits: {evidence_words(str(row['evidence']), float(row['score'] or 0))}."
        )
    also = ", and neither names nor birth dates contradict" if row["strength"] == "medium" else ""
    return f"{pair}: the same {_KIND_WORDS.get(kind, kind)}{_value(row, unmask)}{also} ({row['strength']})."


def refused_line(row: dict[str, str | None], names: dict[str, str], unmask: bool) -> str:
    """What two records share and why it did not join them."""
    kind = str(row["identifier_kind"])
    what = _KIND_WORDS.get(kind)
    shared = f"the same {what}{_value(row, unmask)}" if what else str(row["rule"]).replace("_", " ")
    reason = str(row["reason"])
    why = _undecided(reason) if row["status"] == "suggested" else _REASON_WORDS.get(reason, reason)
    return f"{_pair(row, names)}: {shared}, but {why} ({row['status']})."


def suggested_line(row: dict[str, object], names: dict[str, str]) -> str:
    """Two records that probably are one person's, with the keys that an override needs."""
    pair = _pair({k: str(row[k]) for k in ("record_key_a", "record_key_b")}, names)
    found = f"probability {row['probability']:.3f} ({row['evidence']}), but {_undecided(str(row['reason']))}"
    return f"{pair}: {found}. Keys: {row['record_key_a']}, {row['record_key_b']}"


def _undecided(reason: str) -> str:
    """Why two records that are probably one person's were not joined."""
    of_the_persons = f"of the persons that it would join, {_REASON_WORDS.get(reason, reason)}"
    return _NOT_ENOUGH_WORDS.get(reason, of_the_persons)


def _pair(row: dict[str, str | None], names: dict[str, str]) -> str:
    a, b = str(row["record_key_a"]), str(row["record_key_b"])
    return f"{names.get(a, a)} and {names.get(b, b)}"
