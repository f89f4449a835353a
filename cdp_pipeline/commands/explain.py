"""`cdp explain`: why records are one person, and what nearly joined them but did not, in plain words.

Reads the identity layer of the lake. The wording stands in `explain_words.py`, the rules in `identity/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from rich.console import Console

from cdp_pipeline.commands.cells import MASKED
from cdp_pipeline.commands.explain_words import (
    LEGEND,
    belonging_lines,
    explained_words,
    record_text,
    refused_line,
    suggested_line,
    used_line,
)
from cdp_pipeline.commands.printing import print_text
from cdp_pipeline.commands.show import find_people, list_people
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.pipeline import PUBLISHED_TABLES, current_tables
from cdp_pipeline.profiles.golden import PROFILE_CORRECTIONS
from cdp_pipeline.serving import ServingError, database_tables, reading
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import has_name
from cdp_pipeline.store import Lake
from cdp_pipeline.values.display_text import count_of, visible

MOST_LINES = 20
"""Lines of one kind that are printed; a person of hundreds of records is explained by the first ones as well."""


@dataclass(frozen=True)
class _Explained:
    """One person in the lake."""

    records: pl.DataFrame
    links: pl.DataFrame


def explain_person(
    settings: Settings,
    key: str,
    unmask: bool,
    out: Console,
    err: Console,
    *,
    every_line: bool = False,
    with_keys: bool = False,
) -> int:
    """Print why the records of a person are one; returns the exit status: 1 if the key fits no person or several.

    Of long lists the first MOST_LINES are printed, unless `every_line` asks for all; a record that a printed link cites
    is always listed. `with_keys` prints the key of each
    record, which the overrides file asks for.
    """
    lake = Lake(settings.lake_dir)
    person_id = find_person(settings, lake, key, unmask, out, err)
    if person_id is None:
        return 1
    found = _read(lake, person_id)
    own = found.records["record_key"].to_list()
    most = max(len(own), found.links.height) if every_line else MOST_LINES
    numbered = {key: f"[{number}]" for number, key in enumerate(own, start=1)}
    used = found.links.filter(pl.col("status") == "used")
    refused = found.links.filter(~pl.col("status").is_in(["used", "suggested"]))
    suggested = found.links.filter(pl.col("status") == "suggested").sort("score", descending=True, maintain_order=True)
    printed = pl.concat([used.head(most), refused.head(most), suggested.head(most)])
    cited = {*printed["record_key_a"], *printed["record_key_b"]}
    listed = [key for number, key in enumerate(own) if number < most or key in cited]
    others = describe_records(lake, pl.Series("record_key", sorted(cited - set(own)), dtype=pl.String))
    names = numbered | {row["record_key"]: record_text(row, unmask, True) for row in others.iter_rows(named=True)}
    print_text(out, f"{visible(person_id)} is one person made of {count_of(len(own), 'record')}:", style="bold")
    for row in found.records.filter(pl.col("record_key").is_in(listed)).iter_rows(named=True):
        text = record_text(row, unmask, with_key=with_keys)
        print_text(out, f"  {numbered[row['record_key']]} {visible(text)}")
    _print_rest(out, len(listed), len(own))
    _print_corrections(lake, person_id, out)
    if used.height:
        print_text(out, "\nThey are one person because:")
    elif len(own) > 1:
        print_text(out, "\nNo two of these records had to be joined by an identifier or by likeness.")
    else:
        print_text(out, "\nNo other record was joined to it.")
    print_lines(
        out, [f"  {used_line(row, names, unmask)}" for row in used.head(most).iter_rows(named=True)], used.height
    )
    joined = {row[side] for row in used.iter_rows(named=True) for side in ("record_key_a", "record_key_b")}
    belonging = found.records.filter(~pl.col("record_key").is_in(joined) & (pl.col("role") != "person"))
    if belonging.height:
        print_text(out, "\nThese belong to the person by what they name:")
        ways = list(belonging_lines(belonging, {key: numbered[key] for key in listed}, unmask, are_alone=len(own) == 1))
        print_lines(out, ways[:most], len(ways))
    if refused.height:
        print_text(out, "\nNearly joined, but not:")
    elif suggested.is_empty():
        print_text(out, f"\nNo other record was nearly joined to {'them' if len(own) > 1 else 'it'}.")
    refusals = [f"  {refused_line(row, names, unmask)}" for row in refused.head(most).iter_rows(named=True)]
    print_lines(out, refusals, refused.height)
    if suggested.height:
        print_text(out, "\nProbably one person with, for you to decide (`same` or `different` in the overrides file):")
        suggestions = [f"  {suggested_line(row, names)}" for row in suggested.head(most).iter_rows(named=True)]
        print_lines(out, suggestions, suggested.height)
    words = {word for row in printed.iter_rows(named=True) for word in explained_words(row)}
    explained = [f"{word}: {meaning}." for word, meaning in LEGEND.items() if word in words]
    for number, line in enumerate(explained):
        print_text(out, line if number else f"\n{line}")
    if not unmask:
        print_text(out, f"\n{MASKED}")
    return 0


def _print_corrections(lake: Lake, person_id: str, out: Console) -> None:
    """Print which columns of the profile were corrected on request, and so come from none of the records."""
    if not lake.exists("profiles", PROFILE_CORRECTIONS.name):
        return
    found = lake.scan("profiles", PROFILE_CORRECTIONS.name).filter(pl.col("person_id") == person_id)
    rows = found.sort("column_name").collect()
    if rows.height:
        print_text(out, "\nCorrected on request, whatever the records state:")
    for row in rows.iter_rows(named=True):
        at, request = row["corrected_at"], row["request_id"]
        print_text(out, f"  {row['column_name']} by request {request} on {at:%Y-%m-%d}; `cdp show` prints its value")


def find_person(settings: Settings, lake: Lake, key: str, unmask: bool, out: Console, err: Console) -> str | None:
    """The one person that a key fits: a person id, also a former one, a record key, or any key of `cdp show`.

    None, with the reason or the people printed, if it fits no person or several.
    """
    if not lake.exists("identity", "record_persons"):
        print_text(err, "No person was resolved yet; run `cdp run` first.")
        return None
    persons = lake.scan("identity", "record_persons").select("record_key", "person_id")
    now = _now(lake, key, out)
    found = persons.filter((pl.col("person_id") == now) | (pl.col("record_key") == key)).select("person_id").unique()
    people = found.collect()["person_id"].to_list() or _published(settings, key, unmask, out)
    if len(people) == 1:
        return str(people[0])
    if not people:
        print_text(
            err,
            f"No person has the id {key} now, and none has it as phone, e-mail, record key, id of a source or name. "
            "Check the spelling; former ids are in table person_id_history.",
        )
    return None


def _published(settings: Settings, key: str, unmask: bool, out: Console) -> list[str]:
    """The published people with a key that is no person id, several printed; none if nothing is published."""
    tables = database_tables(PUBLISHED_TABLES)
    try:
        with reading(settings.database_url) as connection:
            found = find_people(connection, tables, key, settings.default_region)
            if len(found) > 1:
                list_people(connection, tables, found, unmask, "explain", out)
            return found
    except ServingError:
        return []


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
        merge = f"{key} was merged into {row['person_id']} on {row['changed_at']:%Y-%m-%d}: {row['reason']}."
        print_text(out, merge)
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
    return _Explained(describe_records(lake, keys["record_key"]), links)


def describe_records(lake: Lake, keys: pl.Series) -> pl.DataFrame:
    """Records by key, in the same order on every run.

    Columns: object_type, role, system_name, source_id, display_name, person_id, and what the record names: customer_id,
    lead_id and the phone or e-mail a message was sent to.
    """
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
            pl.lit(BY_OBJECT_TYPE[object_type].role).alias("role"),
            *(_named(BY_OBJECT_TYPE[object_type], column) for column in ("customer_id", "lead_id")),
            _sent_to(BY_OBJECT_TYPE[object_type]).alias("sent_to"),
        )
        for object_type in sorted(types)
    ]
    schema = (
        "record_key", "object_type", "system_name", "source_id", "display_name", "role", "customer_id", "lead_id",
        "sent_to",
    )  # fmt: skip
    every = pl.concat(parts) if parts else pl.LazyFrame(schema=dict.fromkeys(schema, pl.String))
    persons = lake.scan("identity", "record_persons").select("record_key", "person_id")
    return (
        every.join(persons, on="record_key", how="left")
        .sort("object_type", "system_name", "source_id", "record_key")
        .collect()
    )


def _named(entity: Entity, column: str) -> pl.Expr:
    return (pl.col(column) if column in entity.by_name else pl.lit(None, pl.String)).alias(column)


def _sent_to(entity: Entity) -> pl.Expr:
    """The address of a message; null for any other record."""
    addresses = [i.column for i in entity.identifiers if i.kind in ("phone", "email")]
    return pl.coalesce(addresses) if entity.role == "recipient" else pl.lit(None, pl.String)


def print_lines(out: Console, lines: Sequence[str], total: int) -> None:
    """Print lines, and how many of all they are."""
    for line in lines:
        print_text(out, visible(line))
    _print_rest(out, len(lines), total)


def _print_rest(out: Console, shown: int, total: int) -> None:
    if shown < total:
        print_text(out, f"  {shown:,} of {total:,} shown; --all shows the rest.")
