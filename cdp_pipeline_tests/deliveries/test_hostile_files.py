"""A landing folder of hostile files: it is read to its end, every entry is accounted for, and healthy rows are used."""

import gzip
import io
import json
import os
import socket
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard
from rich.console import Console

from cdp_pipeline.commands.rejected import list_rejected
from cdp_pipeline.deliveries.rejections import read_rejected
from cdp_pipeline.deliveries.reports import newest_day_reports
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest import bounds
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import UNDATED
from cdp_pipeline_tests.deliveries.conftest import Place, place_in

DAY, OTHER_DAY, LINKED_DAY, FLOODED_DAY = "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"
HEALTHY = 30
SECONDS = 120
HEAD = b"customerId,systemName,fullName,phone\n"


def line(number: int, **cells: object) -> bytes:
    entry = {"customerId": f"C{number}", "systemName": "CRM", "fullName": "Nguyễn Văn An", "phone": "0912345678"}
    return json.dumps(entry | cells, ensure_ascii=False).encode() + b"\n"


def workbook(*rows: list[str], far: bool = False) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["customerId", "fullName"], *rows]):
            sheet.write_row(number, 0, row)
        if far:
            sheet.write(1_048_575, 16_383, "x")
    return content.getvalue()


def parquet(**columns: list[object]) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, compression="zstd")
    return content.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def contents() -> dict[str, bytes]:
    """Files by name, each broken or hostile in a way of its own."""
    zst = zstandard.ZstdCompressor(write_checksum=True).compress
    mb = 2**20
    return {
        "bomb.ndjson.gz": gzip.compress(b"\n" * 4 * mb),
        "bomb.csv.gz": gzip.compress(HEAD + b"C1,CRM,An,0912345678\n" * 200_000),
        "bomb.ndjson.zst": zst(b" " * 4 * mb),
        "bomb.json.zst": zst(b"[" + b"{}," * mb + b"{}]"),
        "nested.ndjson.gz": gzip.compress(gzip.compress(line(1))),
        "cut.ndjson.gz": gzip.compress(line(1) * 100)[:-20],
        "cut.ndjson.zst": zst(line(1) * 100)[:-5],
        "plain.ndjson.gz": line(1),
        "bomb.xlsx": zipped("xl/workbook.xml", b" " * 4 * mb),
        "no_book.xlsx": zipped("a.txt", b"a"),
        "cut.xlsx": workbook(["C1", "An"])[:-30],
        "far.xlsx": workbook(["C1", "An"], far=True),
        "cells.xlsx": workbook(*([f"C{n}", "An"] for n in range(1500))),
        "text.xlsx": line(1),
        "formula.xlsx": workbook(["=1+1", "@SUM(A1)"]),
        "rows.parquet": parquet(customerId=["C1"] * 2 * mb),
        "long.parquet": parquet(customerId=["C1"], fullName=["x" * 2 * mb]),
        "wide.parquet": parquet(**{f"c{n}": [1] for n in range(300)}),
        "cut.parquet": parquet(customerId=["C1"])[:-9],
        "flipped.parquet": parquet(customerId=["C1"] * 50).replace(b"customerId", b"customer\xff\xff"),
        "wide.csv": ",".join(f"c{n}" for n in range(300)).encode() + b"\n",
        "ragged.csv": HEAD + b"," * 50_000 + b"x\n",
        "twice.csv": b"customerId,customerId\n1,2\n",
        "unclosed.csv": HEAD + b'"C1,CRM\n' + b"C2,CRM,An,0912345678\n" * 3,
        "quotes.csv": HEAD + b'"' * 4001 + b"\n",
        "escape.csv": HEAD + b"\x1b[2J\x1b]0;owned\x07,CRM,An,x\n",
        "markup.csv": HEAD + b"x[/b]y,CRM,,\n",
        "formula.csv": HEAD + b"\"=cmd|'/c calc'!A1\",,,\n",
        "nul.csv": HEAD + b"C1\x00,,\x00,\n",
        "no_header.csv": b"C1,CRM,An,0912345678\n",
        "utf16.csv": (HEAD + b"C1,,,\n").decode().encode("utf-16")[:-1],
        "empty_header.csv": b",,,\n1,2,3,4\n",
        "web.csv": b"<html><script>alert(1)</script></html>",
        "program.csv": b"\x7fELF" + bytes(2000),
        "long.ndjson": b'{"customerId":"' + b"x" * 2 * mb + b'"}\n',
        "open.ndjson": b'{"customerId":"' + b"x" * 2 * mb,
        "cell.ndjson": line(1, phone="x" + " " * 16_000),
        "keys.ndjson": line(1, **{f"k{n}": n for n in range(300)}),
        "custom.ndjson": line(1, customFieldTexts={f"k{n}": "x" for n in range(300)}),
        "made_up.ndjson": b"".join(line(n, customerId="", **{f"k{n}": 1}) for n in range(700)),
        "deep.ndjson": b"[" * 100_000 + b"\n" + b'{"a":' * 100_000 + b"\n",
        "deep_custom.ndjson": b'{"customerId":"C1","customFieldTexts":' + b'{"a":' * 300 + b"1" + b"}" * 301 + b"\n",
        "scalars.ndjson": b'null\n42\n"x"\ntrue\n[1]\n',
        "escape.ndjson": line(1, systemName="\x1b[31m", customerId=""),
        "drift.ndjson": line(1, customerId="", **{"![x](http://evil)": 1, "\x1b[2J": 1}),
        "half.ndjson": b'{"customerId":"\\ud800"}\n',
        "bytes.ndjson": b'{"customerId":"\xff\xfe\xfd"}\n',
        "bidi.ndjson": line(1, customerId="", fullName="\u202egpj.exe"),
        "number.ndjson": b'{"customerId":1e999999,"yob":' + b"9" * 50_000 + b"}\n",
        "returns.ndjson": b"\r" * 10_000 + b"x",
        "endless.ndjson": b'{"objectType":"customer-identity","source":"x","entries":[' + b"1," * 100_001 + b"1]}\n",
        "envelope.ndjson": b'{"objectType":"customer-identity","source":"x","entries":[' + b"1," * 200 + b"1]}\n",
        "array.json": b"[" + line(1) + b"," + line(2)[:-5],
        "long.json": b'{"customerId":"' + b"x" * 2 * mb + b'"}',
        "long_array.json": b'[{"customerId":"' + b"x" * 2 * mb + b'"}]',
        "deep.json": b"[" * 50_000 + b"]" * 50_000,
        "scalar.json": b"42",
        "unknown.exe": b"MZ",
        "no_ending": b"x",
        "x" * 248 + ".ndjson": b"no JSON\n",
        "[bold]x.ndjson": b"no JSON\n",
        "\x1b[2Jx.ndjson": b"no JSON\n",
        "two\nlines.ndjson": b"no JSON\n",
        "=cmd.ndjson": b"no JSON\n",
        "'; DROP TABLE x; --.ndjson": b"no JSON\n",
        "a*[b]?.ndjson": b"no JSON\n",
        "<img src=x>.ndjson": b"no JSON\n",
    }


def places(day: Path) -> None:
    """Things that are no regular files below the raw folder, and links to what is not ours."""
    raw, outside = day.parents[1], day.parents[2] / "outside"
    outside.mkdir()
    (outside / "secret.ndjson").write_bytes(line(666))
    os.mkfifo(day / "pipe.ndjson")
    os.mkfifo(day.parent / f"pipe-{DAY}.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        # The path of a socket is short.
        here = Path.cwd()
        os.chdir(day)
        try:
            bound.bind("socket.ndjson")
        finally:
            os.chdir(here)
    targets = {
        "zero.ndjson": Path("/dev/zero"),
        "null.ndjson": Path("/dev/null"),
        "random.csv": Path("/dev/urandom"),
        "passwd.ndjson": Path("/etc/passwd"),
        "secret.ndjson": outside / "secret.ndjson",
        "root": Path("/"),
        "proc": Path("/proc/self"),
        "up": raw,
        "self": Path("self"),
        "gone.ndjson": Path("gone"),
        "climbing.ndjson": Path("../../../outside/secret.ndjson"),
    }
    for name, target in targets.items():
        (day / name).symlink_to(target)
    (day / "one").symlink_to("two")
    (day / "two").symlink_to("one")
    (day.parent / LINKED_DAY).symlink_to(outside)
    (raw / "moego-lead").symlink_to(outside)
    # Its path below the raw folder ends in what closes a tag of markup.
    (day / "[").mkdir()
    (day / "[" / "x].ndjson").write_bytes(line(1))
    deep = day / Path(*["d"] * 12)
    deep.mkdir(parents=True)
    flood = day.parent / FLOODED_DAY
    flood.mkdir()
    for number in range(301):
        (flood / f"{number}.ndjson").touch()


def land(place: Place) -> Path:
    """Write all of them into the raw folder; returns the folder of the day."""
    day = place.settings.raw_dir / CUSTOMER_IDENTITY.object_type / DAY
    day.mkdir(parents=True)
    for name, content in contents().items():
        (day / name).write_bytes(content)
    places(day)
    (day / "healthy.ndjson").write_bytes(b"".join(line(1000 + n) for n in range(HEALTHY)))
    place.drop(CUSTOMER_IDENTITY, OTHER_DAY, *(line(2000 + n).decode().strip() for n in range(HEALTHY)))
    if os.geteuid():
        (day / "closed.ndjson").write_bytes(line(1))
        (day / "closed.ndjson").chmod(0)
    return day


def bounded_place(folder: Path, patch: pytest.MonkeyPatch) -> Place:
    """A place with bounds so low that small files go beyond them."""
    patch.setattr(bounds, "FREE_EXPANDED_BYTES", 2**20)
    place = place_in(folder)
    place.settings = Settings(
        _env_file=None,
        raw_dir=place.settings.raw_dir,
        lake_dir=place.settings.lake_dir,
        database_url=place.settings.database_url,
        max_expanded_mb=3,
        max_columns=200,
        max_entry_mb=1,
        max_cell_characters=10_000,
        max_sheet_cells=2_000,
        max_workbook_mb=2,
        max_files=300,
    )
    return place


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, float]]:
    """A place that has read all of them, and the seconds that it took."""
    with pytest.MonkeyPatch.context() as patch:
        place = bounded_place(tmp_path_factory.mktemp("hostile"), patch)
        land(place)
        began = time.monotonic()
        for entity in ENTITIES:
            place.process(entity, DAY, OTHER_DAY, LINKED_DAY, FLOODED_DAY)
        yield place, time.monotonic() - began


def test_hostile_files_end_in_bounded_time_and_every_one_is_accounted_for(hostile: tuple[Place, float]) -> None:
    place, seconds = hostile
    assert seconds < SECONDS
    reports = newest_day_reports(place.lake, CUSTOMER_IDENTITY.name)
    assert {DAY, OTHER_DAY, LINKED_DAY, FLOODED_DAY} <= set(reports)
    for report in reports.values():
        assert report.line.read == report.line.accepted + report.line.rejected + report.line.duplicates
    landed = [file for file in place.landing().files if file.object_type == CUSTOMER_IDENTITY.object_type]
    assert len(landed) > 300 + 60
    told = {row["source_file"]: row for row in read_rejected(place.lake, ENTITIES)}
    names = {Path(name).name for name in told}
    assert set(contents()) - names == {"escape.csv"}, "an unusual id rejects no row"
    assert "C666" not in json.dumps([row["raw"] for row in told.values()])
    assert len(reports[DAY].findings) < 600
    assert UNDATED in reports


def test_healthy_rows_beside_them_are_accepted(hostile: tuple[Place, float]) -> None:
    place, _ = hostile
    accepted = {
        key
        for lake in (place.lake, place.lake.held)
        for path in [
            lake.path("staging", CUSTOMER_IDENTITY.name, DAY),
            lake.path("staging", CUSTOMER_IDENTITY.name, OTHER_DAY),
        ]
        if path.exists()
        for key in pl.read_parquet(path)["customer_id"]
    }
    assert {f"C{start + n}" for start in (1000, 2000) for n in range(HEALTHY)} <= accepted
    assert "C666" not in accepted


def test_what_they_hold_is_listed_and_exported_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = bounded_place(tmp_path, monkeypatch)
    # Two million rejected rows without a word of a sender's.
    (land(place) / "rows.parquet").unlink()
    place.process(CUSTOMER_IDENTITY, DAY)
    screen = io.StringIO()
    out = Console(file=screen, width=120)
    assert list_rejected(place.settings, None, None, None, 10_000, None, out, out) == 0
    assert not {sign for sign in screen.getvalue() if sign < " " and sign != "\n"}
    assert list_rejected(place.settings, None, None, None, 1, tmp_path / "repair.csv", out, out) == 0
    cells = pl.read_csv(tmp_path / "repair.csv", infer_schema=False)
    starts = cells.select(pl.all().str.slice(0, 1)).unpivot()["value"].drop_nulls().unique().to_list()
    assert not set(starts) & set("=+-@\t\r\n")
