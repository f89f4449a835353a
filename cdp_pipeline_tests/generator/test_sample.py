import gzip
from pathlib import Path

import orjson
import polars as pl
import pytest
import zstandard

from cdp_pipeline.generator import WRITTEN, write_sample
from cdp_pipeline.generator.words import read_toml

CRM_ID, LEAD_ID = "C120901341", "00000000001"
COMMITTED = Path(__file__).parents[2] / "data" / "raw"


def content(path: Path) -> object:
    """What a file says, whatever compressor or Parquet writer it was made with."""
    match path.suffix:
        case ".gz":
            return gzip.decompress(path.read_bytes())
        case ".zst":
            return zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
        case ".parquet":
            return pl.read_parquet(path).to_dict(as_series=False)
        case ".xlsx":
            return pl.read_excel(path, infer_schema_length=0).to_dict(as_series=False)
        case _:
            return path.read_bytes()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("sample")
    write_sample(directory)
    return directory


def files(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def test_the_committed_files_are_what_the_generator_writes(written: Path) -> None:
    folders = {entity.object_type for entity in WRITTEN}
    committed = [name for name in files(COMMITTED) if name.split("/")[0] in folders]
    assert committed == files(written), "run: python -m cdp_pipeline.generator data/raw"
    for name in files(written):
        assert content(COMMITTED / name) == content(written / name), name


def test_every_entity_has_a_sample_in_several_formats(written: Path) -> None:
    assert {name.split("/")[0] for name in files(written)} == {entity.object_type for entity in WRITTEN}
    endings = {name.rpartition("/")[2].partition(".")[2] for name in files(written)}
    assert endings == {"csv", "csv.gz", "json", "jsonl.gz", "ndjson", "ndjson.zst", "parquet", "tsv", "xlsx"}


def test_one_file_lies_outside_the_folder_of_its_day(written: Path) -> None:
    (name,) = (name for name in files(written) if name.count("/") == 1)
    assert name == "customer-identity-photo/customer-identity-photo-2026-11-18.csv"


def test_the_sample_is_small(written: Path) -> None:
    assert sum(path.stat().st_size for path in written.rglob("*") if path.is_file()) < 500_000


def test_every_bad_row_has_a_file_to_stand_in(written: Path) -> None:
    sample = read_toml("sample.toml")
    for file, by_day in sample["bad_rows"].items():
        for day, rules in zip(sample["days"], by_day, strict=True):
            folder, stem = file.split("/")[0], file.replace("/", "-").lower()
            assert not rules or list((written / folder / day.isoformat()).glob(f"{stem}.*"))


def test_minh_anhs_lead_becomes_the_customer_of_the_crm(written: Path) -> None:
    last = pl.read_csv(written / "lead-information" / "2026-11-18" / "lead-information.csv", infer_schema=False)
    assert last.filter(pl.col("leadId") == LEAD_ID)["customerId"].to_list() == [CRM_ID]


def test_an_envelope_protects_a_custom_field_of_her_lead(written: Path) -> None:
    paths = (written / "lead-information" / "2026-11-17").glob("*.json")
    envelopes = [orjson.loads(path.read_bytes()) for path in paths]
    (hers,) = [e for e in envelopes if any(entry["leadId"] == LEAD_ID for entry in e["entries"])]
    assert hers["ignoredUpdateCfs"] == ["customField01"]
