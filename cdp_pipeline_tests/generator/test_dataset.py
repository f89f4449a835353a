from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.generator import dataset
from cdp_pipeline.generator.dataset import GeneratedData, generate
from cdp_pipeline.generator.versions import WRITTEN

PEOPLE, DAYS = 600, 3


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> GeneratedData:
    return generate(tmp_path_factory.mktemp("drop") / "raw", PEOPLE, DAYS, seed=5)


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_same_arguments_give_the_same_bytes(generated: GeneratedData, tmp_path: Path) -> None:
    generate(tmp_path / "again", PEOPLE, DAYS, seed=5)
    assert contents(tmp_path / "again") == contents(generated.directory)


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    one, other = (pl.read_parquet(generate(tmp_path / str(seed), 60, 1, seed).truth) for seed in (1, 2))
    assert not one.equals(other)


def test_the_people_do_not_depend_on_the_days(generated: GeneratedData, tmp_path: Path) -> None:
    one_day = generate(tmp_path / "raw", PEOPLE, 1, seed=5, start=date(2025, 1, 1))
    households = [
        pl.read_parquet(d.truth).select("person", "household").drop_nulls().unique().sort("person")
        for d in (generated, one_day)
    ]
    assert households[0].equals(households[1])


def test_busier_people_are_the_same_people_with_more_activities_and_messages(
    generated: GeneratedData, tmp_path: Path
) -> None:
    busier = generate(tmp_path / "raw", PEOPLE, DAYS, seed=5, busyness=1.5)
    rows = [
        [sum(c.rows for (kind, _), c in made.counts.items() if kind in kinds) for made in (generated, busier)]
        for kinds in (
            ("customer-product-activity", "email-interaction", "sms-interaction"),
            ("customer-product-review",),
        )
    ]
    assert 1.3 < rows[0][1] / rows[0][0] < 1.7
    assert 0.8 < rows[1][1] / rows[1][0] < 1.2
    people = [pl.read_parquet(made.truth)["person"].drop_nulls().unique().sort() for made in (generated, busier)]
    assert people[0].equals(people[1])


def test_every_entity_arrives_on_every_day(generated: GeneratedData) -> None:
    assert set(generated.counts) == {(entity.object_type, day) for entity in WRITTEN for day in generated.days}


def test_every_format_occurs_even_on_a_single_day(tmp_path: Path) -> None:
    files = generate(tmp_path / "raw", PEOPLE, 1, seed=5).files
    endings = {path.name.partition(".")[2] for path in files}
    assert endings == {"ndjson", "jsonl.gz", "ndjson.zst", "json", "csv", "csv.gz", "tsv", "parquet", "xlsx"}


def test_files_lie_in_folders_of_object_type_and_date(generated: GeneratedData) -> None:
    folders = {tuple(path.relative_to(generated.directory).parts[:2]) for path in generated.files}
    assert folders == {(object_type, day.isoformat()) for object_type, day in generated.counts}


def test_the_counts_are_those_of_the_files(generated: GeneratedData) -> None:
    for (object_type, day), counts in generated.counts.items():
        files = [path for path in generated.files if path.parts[-3:-1] == (object_type, day.isoformat())]
        if all(path.suffix == ".ndjson" and b'"entries"' not in path.read_bytes() for path in files):
            assert sum(path.read_bytes().count(b"\n") for path in files) == counts.rows


def test_about_one_row_in_two_hundred_is_bad_and_some_are_sent_twice(generated: GeneratedData) -> None:
    bad = sum(counts.bad.total() for counts in generated.counts.values())
    assert 0.002 < bad / generated.rows < 0.01
    assert 0 < sum(counts.resent for counts in generated.counts.values()) < 0.01 * generated.rows


def test_a_drop_is_made_in_chunks_and_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "PEOPLE_PER_CHUNK", 40)
    steps: list[tuple[int, int]] = []
    generated = generate(tmp_path / "raw", 100, 2, 1, progress=lambda done, people: steps.append((done, people)))
    assert steps == [(40, 100), (80, 100), (100, 100)]
    assert set(pl.read_parquet(generated.truth)["person"].drop_nulls()) == set(range(100))


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty; a data set needs a folder of its own"):
        generate(tmp_path, 10, 1, 1)


@pytest.mark.parametrize("numbers", [(0, 1, 1, 1.0), (10, 0, 1, 1.0), (10, 1, -1, 1.0), (10, 1, 1, -0.5)])
def test_numbers_too_small_are_refused(tmp_path: Path, numbers: tuple[int, int, int, float]) -> None:
    people, days, seed, busyness = numbers
    with pytest.raises(ValueError, match="it must be at least"):
        generate(tmp_path / "raw", people, days, seed, busyness=busyness)
