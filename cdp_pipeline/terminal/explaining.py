"""`cdp explain`: why records are one person, and what nearly joined them but did not, in plain words.

Reads the identity layer of the lake. What the words mean is decided in `identity/`; values are masked unless asked
otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from rich.console import Console
from rich.markup import escape

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.tables import has_name
from cdp_pipeline.steps.state import current_tables
from cdp_pipeline.values.mask import mask_email, mask_phone, mask_text

MOST_LINES = 20
"""Lines of one kind that are printed; a person of hundreds of records is explained by the first ones as well."""

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
    "names_differ": "their names are two people's",
    "births_differ": "their birth dates are two people's",
    "generations_differ": "a generation lies between their birth dates",
    "genders_differ": "their genders and names differ",
    "identity_numbers_differ": "their identity numbers differ",
    "passports_differ": "their passport numbers differ",
    "customer_ids_differ": "one has no name to compare, and their system knows them as two customers",
    "ambiguous": "one of them describes itself so briefly that it fits two people there",
    "bridge": "one of them would have joined two people who contradict each other",
    "value_is_nobodys": "the value is on the list of values that are nobody's",
    "held_by_too_many_people": "more people hold it than the limit allows",
    "cluster_too_large": "the person would have grown beyond the limit",
    "said_different": "a person said in the overrides file that they are different",
}

_LEGEND = (
    "strong: enough alone; medium: only where names and births agree; weak: rare only together. vetoed: kept apart; "
    "cut: taken back, as the person would not have held together; blocked: the value links nobody."
)


@dataclass(frozen=True)
class _Explained:
    """What the lake says of one person."""

    records: pl.DataFrame
    links: pl.DataFrame
    suggested: pl.DataFrame


def explain_person(settings: Settings, key: str, unmask: bool, out: Console, err: Console) -> int:
    """Print why the records of a person are one; returns the exit status: 1 when nobody has the id."""
    lake = Lake(settings.lake_dir)
    if not lake.exists("identity", "record_persons"):
        err.print("No person was resolved yet; run `cdp run` first.")
        return 1
    person_id = _now(lake, key, out)
    found = _read(lake, person_id)
    if found.records.is_empty():
        err.print(
            f"Nobody has the person id {key} now. `cdp show` finds the id of a phone, e-mail or source id; former ids "
            "stand in person_id_history.",
            soft_wrap=True,
        )
        return 1
    names = {row["record_key"]: _record(row, unmask) for row in found.records.iter_rows(named=True)}
    others = _describe(lake, _other_keys(found, set(names)))
    names |= {row["record_key"]: _record(row, unmask, with_person=True) for row in others.iter_rows(named=True)}
    own = set(found.records["record_key"])
    out.print(f"[bold]{escape(person_id)}[/bold] is one person made of {len(own):,} records:")
    _lines(out, (f"  {names[key]}" for key in found.records["record_key"]))
    used = found.links.filter(pl.col("status") == "used")
    out.print("\nThey are one person because:" if used.height else "\nNo two records had to be joined for it.")
    _lines(out, (f"  {_used(row, names, unmask)}" for row in used.iter_rows(named=True)))
    held = len(own) - len(
        {key for row in used.iter_rows(named=True) for key in (row["record_key_a"], row["record_key_b"])} & own
    )
    if used.height and held:
        out.print(
            f"  The other {held:,} records name one of these customers, leads or contacts in the same words.",
            soft_wrap=True,
        )
    refused = found.links.filter(pl.col("status") != "used")
    out.print("\nNearly joined, but not:" if refused.height else "\nNothing else came near to joining them.")
    _lines(out, (f"  {_refused(row, names, unmask)}" for row in refused.iter_rows(named=True)))
    if found.suggested.height:
        out.print("\nProbably one person with, for you to decide (`same` or `different` in the overrides file):")
        _lines(out, (f"  {_suggested(row, names)}" for row in found.suggested.iter_rows(named=True)))
    out.print(f"\n{_LEGEND}", soft_wrap=True)
    if not unmask:
        out.print("\nPersonal data is masked; --unmask shows it.")
    return 0


def _now(lake: Lake, key: str, out: Console) -> str:
    """The id that stands for a former one now."""
    if not lake.exists("identity", "person_id_history"):
        return key
    history = lake.scan("identity", "person_id_history")
    living = lake.scan("identity", "record_persons").select("person_id")
    seen = {key}
    while living.filter(pl.col("person_id") == key).limit(1).collect().is_empty():
        merged = (
            history.filter((pl.col("old_person_id") == key) & (pl.col("change") == "merged"))
            .sort("changed_at", "person_id", descending=[True, False])
            .collect()
        )
        if merged.is_empty() or merged["person_id"][0] in seen:
            return key
        row = merged.row(0, named=True)
        out.print(f"{escape(key)} was merged into {row['person_id']} on {row['changed_at']:%Y-%m-%d}: {row['reason']}.")
        key = row["person_id"]
        seen.add(key)
    return key


def _read(lake: Lake, person_id: str) -> _Explained:
    keys = (
        lake.scan("identity", "record_persons").filter(pl.col("person_id") == person_id).select("record_key").collect()
    )
    own = (
        pl.col("record_key_a").is_in(keys["record_key"].implode()),
        pl.col("record_key_b").is_in(keys["record_key"].implode()),
    )
    links = lake.scan("identity", "links").filter(own[0] | own[1]).collect()
    # A link between two persons that was used belongs to records that are deleted now, or hold no profile.
    links = links.sort("status", "strength", "identifier_kind", "record_key_a", "record_key_b")
    suggested = (
        lake.scan("identity", "suggested_links").filter(own[0] | own[1]).collect()
        if lake.exists("identity", "suggested_links")
        else pl.DataFrame()
    )
    return _Explained(_describe(lake, keys["record_key"]), links, suggested)


def _other_keys(found: _Explained, known: set[str]) -> pl.Series:
    columns = ("record_key_a", "record_key_b")
    keys = [frame[column] for frame in (found.links, found.suggested) if frame.width for column in columns]
    return pl.Series("record_key", sorted({key for column in keys for key in column} - known), dtype=pl.String)


def _describe(lake: Lake, keys: pl.Series) -> pl.DataFrame:
    """Records by key: object_type, system_name, source_id, display_name, person_id; the same order on every run."""
    current = current_tables(lake, ENTITIES)
    types = set(keys.str.split(":").list.first())
    parts = [
        current[BY_OBJECT_TYPE[object_type].name]
        .filter(pl.col("record_key").is_in(keys.implode()))
        .select(
            "record_key",
            pl.lit(object_type).alias("object_type"),
            "system_name",
            pl.col("source_id").cast(pl.String),
            (pl.col("display_name") if has_name(BY_OBJECT_TYPE[object_type].person) else pl.lit(None, pl.String)).alias(
                "display_name"
            ),
        )
        for object_type in sorted(types)
    ]
    schema = ("record_key", "object_type", "system_name", "source_id", "display_name")
    every = pl.concat(parts) if parts else pl.LazyFrame(schema=dict.fromkeys(schema, pl.String))
    persons = lake.scan("identity", "record_persons").select("record_key", "person_id")
    return (
        every.join(persons, on="record_key", how="left")
        .sort("object_type", "system_name", "source_id", "record_key")
        .collect()
    )


def _lines(out: Console, lines: Iterable[str]) -> None:
    printed = 0
    rest = 0
    for line in lines:
        if printed < MOST_LINES:
            out.print(line, soft_wrap=True)
            printed += 1
        else:
            rest += 1
    if rest:
        out.print(f"  and {rest:,} more.")


def _record(row: dict[str, str | None], unmask: bool, with_person: bool = False) -> str:
    name, source_id = row["display_name"], row["source_id"]
    shown = [str(row["object_type"]), (source_id if unmask else mask_text(source_id)) or ""]
    text = " ".join(filter(None, shown)) + f" of {row['system_name'] or 'no named system'}"
    if name:
        text += f" ({name if unmask else mask_text(name)})"
    if with_person:
        text += f" [person {row['person_id']}]" if row["person_id"] else " [deleted, or without a profile]"
    return escape(text)


def _value(row: dict[str, str | None], unmask: bool) -> str:
    value, kind = row["value"], row["identifier_kind"]
    if value is None:
        return ""
    bare = value.rsplit("|", 1)[-1]
    if unmask:
        return f" {escape(bare)}"
    mask = {"phone": mask_phone, "email": mask_email}.get(str(kind), mask_text)
    return f" {escape(mask(bare) or '')}"


def _used(row: dict[str, str | None], names: dict[str, str], unmask: bool) -> str:
    pair = _pair(row, names)
    kind = str(row["identifier_kind"])
    if kind == "override":
        return f"{pair}: a person said in the overrides file that they are the same."
    if kind == "probabilistic":
        return f"{pair}: the model finds that they are almost certainly one person (rule {row['rule']})."
    if kind == "attributes":
        words = str(row["rule"]).removeprefix("same_").replace("_", " ")
        return f"{pair}: the same {words}, which by chance nobody else has (weak alone, rare together)."
    also = ", and their names agree" if row["strength"] == "medium" else ""
    return f"{pair}: the same {_KIND_WORDS.get(kind, kind)}{_value(row, unmask)}{also} ({row['strength']})."


def _refused(row: dict[str, str | None], names: dict[str, str], unmask: bool) -> str:
    kind = str(row["identifier_kind"])
    what = _KIND_WORDS.get(kind)
    shared = f"the same {what}{_value(row, unmask)}" if what else str(row["rule"]).replace("_", " ")
    why = _REASON_WORDS.get(str(row["reason"]), str(row["reason"]))
    return f"{_pair(row, names)}: {shared}, but {why} ({row['status']})."


def _suggested(row: dict[str, object], names: dict[str, str]) -> str:
    pair = _pair({k: str(row[k]) for k in ("record_key_a", "record_key_b")}, names)
    return f"{pair}: probability {row['match_probability']:.3f}. Keys: {row['record_key_a']}, {row['record_key_b']}"


def _pair(row: dict[str, str | None], names: dict[str, str]) -> str:
    a, b = str(row["record_key_a"]), str(row["record_key_b"])
    return f"{names.get(a, escape(a))} and {names.get(b, escape(b))}"
