"""Files of every format, whole and damaged: none raises, no row of any is lost, and none commands a terminal.

`make thorough` does it for ten minutes, the default suite with a few examples. Each round of examples follows from a
seed, which a failure names: FUZZ_SEED=<seed> makes the same round again, and no other.
"""

import csv
import io
import os
import random
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import hypothesis
import polars as pl
import pytest
from hypothesis import HealthCheck, strategies as st
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.printing import print_text, printable
from cdp_pipeline.commands.rejected import list_rejected
from cdp_pipeline.deliveries.day import limits_of, staging_context_of
from cdp_pipeline.deliveries.reports import newest_day_reports
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import BY_NAME
from cdp_pipeline.ingest.batch import EMPTY_FILE
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.formats import DELIMITERS
from cdp_pipeline.ingest.pipeline import read_files
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.pipeline import stage_rows
from cdp_pipeline.validation.pipeline import validate_batch
from cdp_pipeline_tests.deliveries.conftest import place_in
from cdp_pipeline_tests.deliveries.fuzzed_files import HOSTILE, MARK, FuzzedFile, forms_of, fuzzed_files

SECONDS = 600
DAY = "2026-11-16"
ENDINGS = list(forms_of(CUSTOMER_IDENTITY))
SHARES = {"terminal": 30, "deliveries": 90}
PER_ENDING = (SECONDS - sum(SHARES.values())) / len(ENDINGS)
SETTINGS = Settings(_env_file=None)
LIMITS = limits_of(SETTINGS, datetime(2026, 11, 18, tzinfo=UTC))
CONTEXT = staging_context_of(SETTINGS, date.fromisoformat(DAY))

Rounds = Callable[[Callable[..., None], st.SearchStrategy, float], None]


@pytest.fixture(params=[pytest.param(False, id="few"), pytest.param(True, id="long", marks=pytest.mark.thorough)])
def fuzz(request: pytest.FixtureRequest) -> Rounds:
    """Gives examples to a test: so many seconds long, or a few."""

    def rounds(test: Callable[..., None], examples: st.SearchStrategy, seconds: float) -> None:
        until, number = time.monotonic() + seconds, 0
        while number == 0 or (request.param and time.monotonic() < until and "FUZZ_SEED" not in os.environ):
            seed = int(os.environ.get("FUZZ_SEED") or (random.SystemRandom().getrandbits(32) if request.param else 1))
            print(f"FUZZ_SEED={seed}")  # noqa: T201
            chosen = hypothesis.settings(
                max_examples=40 if request.param else 5,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=False,
            )
            hypothesis.seed(seed)(chosen(hypothesis.given(examples)(test)))()
            number += 1

    return rounds


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_a_file_holds_each_row_of_it_is_accepted_or_rejected(
    fuzz: Rounds, ending: str, tmp_path: Path
) -> None:
    def test(example: tuple[str, FuzzedFile]) -> None:
        entity, file = BY_NAME[example[0]], example[1]
        path = tmp_path / file.name
        path.write_bytes(file.content)
        read, raws, first, told, empty = 0, [], [], [], 0
        for batch in read_files([RawFile(entity.object_type, None, path, file.name, 0, 0)], entity, scratch=tmp_path):
            validated = validate_batch(batch, entity, LIMITS)
            staged = stage_rows(validated.accepted, entity, CONTEXT)
            assert staged.rows.height + validated.rejected.height == batch.read
            read, empty = read + batch.read, empty + batch.findings[EMPTY_FILE]
            for frame in (batch.rows, batch.rejected):
                raws += frame["raw"].to_list()
                first += frame["source_row"].to_list()
            told += [*validated.findings, *staged.findings, *validated.rejected["message"].drop_nulls()]
        assert (read == 0) == (empty == 1)
        assert file.entries is None or raws == [None] or read in file.entries
        assert None in raws or lost(file, raws, min(first, default=1)) == set()
        assert_shown_as_text([*told, *filter(None, raws)])

    names = st.sampled_from(sorted(BY_NAME))
    examples = names.flatmap(lambda name: st.tuples(st.just(name), fuzzed_files(BY_NAME[name], ending)))
    fuzz(test, examples, PER_ENDING)


def lost(file: FuzzedFile, raws: list[str | None], first: int) -> set[bytes]:
    """The marks of lines, from the first one that is a row, that stand in no row."""
    if file.text is None:
        return set()
    text = file.text
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text.decode("utf-16", "replace").encode("utf-8", "replace")
    if "csv" in file.name or "tsv" in file.name:
        lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        text = b"\n".join(lines[first - 1 if raws else header_lines(lines) :])
    return set(MARK.findall(text)) - set(MARK.findall("\n".join(filter(None, raws)).encode("utf-8", "replace")))


def header_lines(lines: list[bytes]) -> int:
    """How many lines the header may have: a quoted name in it may have several, whatever separates the names."""
    text = [line.decode("utf-8", "replace") + "\n" for line in lines]
    readers = [csv.reader(text, delimiter=delimiter) for delimiter in DELIMITERS]
    return max(reader.line_num for reader in readers if next(reader, None) is not None)


def assert_shown_as_text(texts: list[str]) -> None:
    """Alone, within markup of ours and in a table: letter by letter, and without what commands a terminal."""
    out = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=100)
    table = Table()
    for text in texts:
        print_text(out, text)
        shown = out.render_str(f"[bold]{printable(text)}[/bold]", emoji=False).plain
        assert is_harmless(shown)
        table.add_row(printable(text, keep_lines=True))
    out.print(table)
    assert is_harmless(out.file.getvalue())


def is_harmless(shown: str) -> bool:
    return all(
        sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") for sign in set(shown)
    ) and not (set(shown) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def test_any_text_of_others_is_printed_as_text(fuzz: Rounds) -> None:
    texts = st.lists(
        st.text(st.characters(), max_size=30) | st.lists(st.sampled_from(HOSTILE)).map("".join), max_size=4
    )
    fuzz(assert_shown_as_text, texts, SHARES["terminal"])


def test_days_of_such_files_add_up_and_their_rejected_rows_are_listed_as_text(
    fuzz: Rounds, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def test(files: list[FuzzedFile]) -> None:
        place = place_in(tmp_path_factory.mktemp("day"))
        day = place.settings.raw_dir / CUSTOMER_IDENTITY.object_type / DAY
        day.mkdir(parents=True)
        for number, file in enumerate(files):
            (day / f"{number}{file.name}").write_bytes(file.content)
        place.process(CUSTOMER_IDENTITY, DAY)
        line = newest_day_reports(place.lake, CUSTOMER_IDENTITY.name)[DAY].line
        assert line.read == line.accepted + line.rejected + line.duplicates
        out = Console(file=io.StringIO(), width=100)
        target = place.settings.lake_dir / "rejected.csv"
        assert list_rejected(place.settings, None, None, None, 10_000, None, out, out) == 0
        assert list_rejected(place.settings, None, None, None, 10_000, target, out, out) == 0
        assert is_harmless(out.file.getvalue())
        assert pl.read_csv(target, infer_schema=False).height == line.rejected

    any_file = st.sampled_from(ENDINGS).flatmap(lambda ending: fuzzed_files(CUSTOMER_IDENTITY, ending))
    fuzz(test, st.lists(any_file, min_size=1, max_size=6), SHARES["deliveries"])
