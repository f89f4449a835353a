import gzip
from pathlib import Path

import pytest
import zstandard

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.file_access import decompressed
from cdp_pipeline.ingest.formats import Compression

CONTENT = b'{"customerId":"C1"}\n' * 5000


def packed(compression: Compression, content: bytes) -> bytes:
    if compression == "gz":
        return gzip.compress(content)
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_several_compressed_parts_in_a_row_are_one_file(tmp_path: Path, compression: Compression) -> None:
    (tmp_path / "packed").write_bytes(packed(compression, CONTENT) + packed(compression, b"end"))
    assert decompressed(tmp_path / "packed", compression, tmp_path).read_bytes() == CONTENT + b"end"


@pytest.mark.parametrize("compression", ["gz", "zst"])
@pytest.mark.parametrize(
    "damage", ["cut short", "cut within the first bytes", "altered", "followed by garbage", "plain"]
)
def test_a_damaged_file_is_refused_as_a_whole(tmp_path: Path, compression: Compression, damage: str) -> None:
    sound = packed(compression, CONTENT)
    content = {
        "cut short": sound[:-3],
        "cut within the first bytes": sound[:3],
        "altered": sound[:20] + b"\x55\xaa\x55" + sound[23:],
        "followed by garbage": sound + b"garbage",
        "plain": CONTENT,
    }[damage]
    (tmp_path / "packed").write_bytes(content)
    with pytest.raises(UnreadableFileError, match=rf"truncated, damaged or not a \.{compression} file"):
        decompressed(tmp_path / "packed", compression, tmp_path)
