import os
from pathlib import Path

import pytest

from cdp_pipeline.ingest.file_access import NotRegularFileError, opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "raw" / "crm.csv"
    path.parent.mkdir()
    path.write_text("first")
    return path


def test_a_file_replaced_while_it_is_open_is_read_as_it_was(file: Path) -> None:
    with opened(file, [file.parent]) as path:
        file.unlink()
        os.mkfifo(file)
        assert path.read_text() == "first"
    with pytest.raises(NotRegularFileError, match="FIFO"), opened(file, [file.parent]):
        pass


def test_a_link_is_opened_only_below_its_roots(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    for roots in ([], [file.parent]):
        with opened(link, roots) as path:
            assert path.read_text() == "first"
    (tmp_path / "other").mkdir()
    with pytest.raises(NotRegularFileError, match="CDP_RAW_LINK_ROOTS"), opened(link, [tmp_path / "other"]):
        pass


@pytest.mark.parametrize("place", ["/dev/null", "/dev/zero", "/tmp"])
def test_devices_and_folders_are_not_opened(place: str) -> None:
    with pytest.raises(NotRegularFileError), opened(Path(place), []):
        pass


def test_no_descriptor_is_left_open(file: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with opened(file, []):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
