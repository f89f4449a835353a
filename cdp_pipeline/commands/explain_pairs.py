"""`cdp explain KEY OTHER`: how two people compare by the model in force, and what links or parts their records."""

import math
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from cdp_pipeline.backend import Workspace
from cdp_pipeline.commands.cells import MASKED, rounded_parts
from cdp_pipeline.commands.explain import MOST_LINES, describe_records, find_person, print_lines
from cdp_pipeline.commands.explain_words import record_text, refused_line, used_line, veto_words
from cdp_pipeline.commands.printing import print_text, printable, progress
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import compare_records
from cdp_pipeline.identity.configuration import TRAITS
from cdp_pipeline.identity.matching import ATTRIBUTES, NEVER
from cdp_pipeline.pipeline import read_choices, read_matching, records_to_resolve
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake
from cdp_pipeline.values.display_text import visible


def explain_pair(
    settings: Settings,
    keys: tuple[str, str],
    unmask: bool,
    out: Console,
    err: Console,
    *,
    every_line: bool = False,
    with_keys: bool = False,
) -> int:
    """Print how two records, or the records of two people that are most alike, compare, and what lies between them.

    A key of a record means that record, any other key all records of its person. Of long lists the first MOST_LINES are
    printed, unless `every_line` asks for all; `with_keys` prints the keys of records.

    Returns:
        The exit status: 0 if they were compared, 1 if a key fits no person or several, or no value of theirs can be
        compared.
    """
    lake = Lake(settings.lake_dir)
    people = [find_person(settings, lake, key, unmask, out, err) for key in keys]
    if None in people:
        return 1
    ones, others = (_records(lake, key, str(person)) for key, person in zip(keys, people, strict=True))
    choices = read_choices(settings)
    are_one = people[0] == people[1]
    sentence = f"Both are {people[0]}, one person." if are_one else f"{' and '.join(map(str, people))} are two people."
    print_text(out, sentence)
    links = _links_between(lake, ones, others)
    with progress(out, "Comparing records"):
        model = read_matching(lake).model
        # Not in the lake, which who only reads it may not write.
        with TemporaryDirectory(prefix="cdp-explain-") as folder:
            work, current = Workspace(Path(folder)), records_to_resolve(lake, ENTITIES, choices)
            compared = compare_records(work, current, ENTITIES, choices, model, ones, others)
    most = links.height if every_line else MOST_LINES
    cited = dict.fromkeys(key for frame in (compared.head(1), links.head(most)) for key in _keys(frame))
    described = describe_records(lake, pl.Series("record_key", [*cited], pl.String)).iter_rows(named=True)
    texts = {row["record_key"]: record_text(row, unmask, True, with_key=with_keys) for row in described}
    names = {key: f"[{number}]" for number, key in enumerate(cited, start=1)}
    for key, number in names.items():
        print_text(out, f"  {number} {visible(texts[key])}")
    if compared.height:
        _print_pair(compared.row(0, named=True), compared.height, out)
        _print_verdict(compared.row(0, named=True), settings, out)
    else:
        print_text(out, "Nothing was compared: they have no two records of one company that describe a person by name.")
    lines = [
        (used_line if row["status"] == "used" else refused_line)(row, names, unmask)
        for row in links.head(most).iter_rows(named=True)
    ]
    print_lines(out, [f"  {line}" for line in lines], links.height)
    if links.is_empty():
        print_text(out, "The last run found no link between their records.")
    if not unmask:
        print_text(out, f"\n{MASKED}")
    return 0 if compared.height else 1


def _records(lake: Lake, key: str, person_id: str) -> pl.Series:
    persons = lake.scan("identity", "record_persons").filter(pl.col("person_id") == person_id)
    keys = persons.select("record_key").collect()["record_key"]
    return keys.filter(keys == key) if key in keys else keys


def _links_between(lake: Lake, ones: pl.Series, others: pl.Series) -> pl.DataFrame:
    """The links of the last run from a record of one to a record of the other, those that were used first."""
    a, b = pl.col("record_key_a"), pl.col("record_key_b")
    there, back = (
        a.is_in(ones.implode()) & b.is_in(others.implode()),
        a.is_in(others.implode()) & b.is_in(ones.implode()),
    )
    found = lake.scan("identity", "links").filter(there | back).collect()
    return found.sort(
        pl.col("status") != "used", "status", "strength", "identifier_kind", "record_key_a", "record_key_b"
    )


def _keys(frame: pl.DataFrame) -> list[str]:
    return [key for column in ("record_key_a", "record_key_b") if column in frame.columns for key in frame[column]]


def _print_pair(row: Mapping[str, Any], pairs: int, out: Console) -> None:
    if pairs > 1:
        print_text(out, f"[1] and [2] are the most alike of {pairs:,} pairs of their records.")
    table = Table("attribute", "they have")
    table.add_column("bits", justify="right")
    begins = (
        ("before", "any two records", row["before"]),
        ("relatives", "what they would explain as well", row["relatives"]),
    )
    levels = [(of["attribute"], printable(of["words"]), of["bits"]) for of in row["levels"]]
    bits = [f"{part:+.1f}" for part in rounded_parts([part for *_, part in (*levels, *begins)], row["score"])]
    for number, (attribute, words, _) in enumerate(levels):
        table.add_row(attribute, words, bits[number])
    table.add_section()
    for number, (name, words, _) in enumerate(begins, start=len(levels)):
        table.add_row(name, words, bits[number])
    table.add_section()
    table.add_row("score", "the sum", f"{row['score']:+.1f}")
    out.print(table)
    known = {level["attribute"] for level in row["levels"]}
    if unknown := [attribute for attribute in ATTRIBUTES if attribute not in {*known, *TRAITS}]:
        print_text(out, f"Not known of both, so without weight: {', '.join(unknown)}.")


def _print_verdict(row: Mapping[str, Any], settings: Settings, out: Console) -> None:
    """The score beside the thresholds, and what keeps the records apart whatever it is."""
    probability, least = row["probability"], row["needed"]
    notes = [f"{row['score']:.1f} bits are a probability of {probability:.4f}"]
    if least >= NEVER:
        notes.append("but a name alone joins no records, nor do unlike names of two genders")
    else:
        notes.append(f"records are joined from {least:g} on ({_score_at(least):.1f} bits)")
    if settings.merge_probability < least < NEVER:
        notes.append("as relatives and namesakes have as much in common")
    suggested = settings.suggest_probability
    print_text(out, f"{', '.join(notes)}; shown to a person from {suggested:g} on ({_score_at(suggested):.1f} bits).")
    if probability >= least:
        verdict = "Enough to join them, unless something separates them."
    elif probability >= suggested:
        verdict = "Not enough to join them; a person may decide."
    else:
        verdict = "Not enough to join them, nor to ask a person."
    print_text(out, verdict)
    if row["veto"]:
        print_text(out, f"They are kept apart whatever links them: {veto_words(row['veto'])}.")


def _score_at(probability: float) -> float:
    """The bits that a probability stands for; without bound for 0 and 1."""
    if not 0 < probability < 1:
        return math.copysign(math.inf, probability - 0.5)
    return math.log2(probability / (1 - probability))
