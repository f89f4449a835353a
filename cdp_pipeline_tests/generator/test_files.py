import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.generator import files
from cdp_pipeline.generator.files import (
    Broken,
    EnvelopeFiles,
    Envelopes,
    JsonArray,
    JsonLines,
    LeadPages,
    RowFile,
    WrongEnvelope,
)

LEAD = BY_OBJECT_TYPE["lead-information"]
ROWS = [{"systemName": "CRM" if n % 2 else "Website", "leadId": f"L{n}", "phone": "0903118264"} for n in range(7)]


def written(maker: type[RowFile], folder: Path, ending: str, *chunks: list[Any]) -> list[bytes]:
    file = maker(folder / "leads", ending, LEAD)
    for chunk in chunks:
        file.write(chunk)
    file.close()
    return [path.read_bytes() for path in file.paths]


def test_lines_of_all_chunks_stand_in_one_file(tmp_path: Path) -> None:
    (content,) = written(JsonLines, tmp_path, ".ndjson", ROWS[:3], ROWS[3:])
    assert [orjson.loads(line) for line in content.splitlines()] == ROWS


def test_a_broken_line_is_no_json(tmp_path: Path) -> None:
    (content,) = written(JsonLines, tmp_path, ".ndjson", [ROWS[0], Broken(ROWS[1])])
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(content.splitlines()[1])


def test_gzip_files_hold_no_time_of_writing(tmp_path: Path) -> None:
    (content,) = written(JsonLines, tmp_path, ".ndjson.gz", ROWS[:3], ROWS[3:])
    assert content[4:8] == b"\0\0\0\0"
    assert len(gzip.decompress(content).splitlines()) == len(ROWS)


def test_an_envelope_is_of_one_system_and_has_at_most_fifty_entries(tmp_path: Path) -> None:
    (content,) = written(Envelopes, tmp_path, ".ndjson", ROWS * 20)
    envelopes = [orjson.loads(line) for line in content.splitlines()]
    assert [(e["source"], len(e["entries"])) for e in envelopes] == [
        ("Website", 50),
        ("Website", 30),
        ("CRM", 50),
        ("CRM", 10),
    ]
    assert not any("systemName" in entry for e in envelopes for entry in e["entries"])


def test_every_third_envelope_protects_a_custom_field(tmp_path: Path) -> None:
    (content,) = written(Envelopes, tmp_path, ".ndjson", ROWS * 40)
    assert [line.count(b"ignoredUpdateCfs") for line in content.splitlines()][:6] == [0, 0, 1, 0, 0, 1]


def test_a_wrong_envelope_names_an_object_type_that_does_not_exist(tmp_path: Path) -> None:
    (content,) = written(Envelopes, tmp_path, ".ndjson", [ROWS[0], WrongEnvelope((ROWS[1],))])
    assert orjson.loads(content.splitlines()[-1])["objectType"] not in BY_OBJECT_TYPE


def test_an_envelope_file_holds_one_envelope(tmp_path: Path) -> None:
    contents = written(EnvelopeFiles, tmp_path, ".json", ROWS[:4], ROWS[4:])
    assert [orjson.loads(content)["source"] for content in contents] == ["Website", "CRM"]


def test_an_array_goes_on_in_another_file_when_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ARRAY_ENTRIES", 4)
    contents = written(JsonArray, tmp_path, ".json", ROWS[:2], [*ROWS[2:3], Broken(ROWS[3])], ROWS[4:])
    assert [orjson.loads(content) for content in contents] == [[*ROWS[:3], None], ROWS[4:]]


def test_only_the_last_page_of_leads_has_no_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PAGE_LEADS", 3)
    pages = [orjson.loads(content) for content in written(LeadPages, tmp_path, ".json", ROWS[:5], ROWS[5:])]
    assert [page["nextPageToken"] for page in pages] == ["2", "3", ""]
    assert [lead for page in pages for lead in page["leads"]] == ROWS
