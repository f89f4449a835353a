"""The documents that people write, as tests read them: README.md, those beside it, and everything in `docs/`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
)
TEXTS = {path: path.read_text(encoding="utf-8") for path in PATHS}
ALL = "\n".join(TEXTS.values())
"""All documents as one text."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(language: str, text: str = ALL) -> list[str]:
    """The code blocks of a language; those that name none hold commands."""
    return [block for named, block in _BLOCK.findall(text) if named == language]


def code(text: str = ALL) -> list[str]:
    """What stands in code spans, and the lines of blocks that name no language, without their remarks."""
    lines = [line.split("#")[0].strip() for block in blocks("", text) for line in block.splitlines()]
    return re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text)) + lines


def commands(program: str, text: str = ALL) -> list[list[str]]:
    """The words behind a program's name, for each place where it is called: `cdp run --all` gives `run`, `--all`."""
    called = re.compile(rf"(?:^|\s)(?:\.venv[\w-]*/bin/)?{program} (?=\S)")
    return [re.split(r"\s+", called.split(line, maxsplit=1)[1]) for line in code(text) if called.search(line)]


def chapter(title: str) -> str:
    """What stands under a heading that one document has, up to the next heading of its level or above."""
    (text,) = [text for text in TEXTS.values() if title in dict(_headings(text))]
    lines, levels = text.splitlines(keepends=True), dict(_headings(text))
    level, first = levels[title]
    ends = [line for others, line in levels.values() if line > first and others <= level]
    return "".join(lines[first + 1 : min(ends, default=len(lines))])


def _headings(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Title, level and line number of each heading; what looks like one in a code block is none."""
    outside = _BLOCK.sub(lambda block: "\n" * block.group().count("\n"), text)
    lines = enumerate(outside.splitlines())
    return [(line.lstrip("# "), (line.index(" "), number)) for number, line in lines if re.match("#+ ", line)]


def anchors(path: Path) -> set[str]:
    """The names by which links reach the headings of a document, as GitHub and MkDocs make them."""
    titles = [title for title, _ in _headings(TEXTS[path])]
    return {re.sub(r"[^\w\s-]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def links(path: Path) -> list[str]:
    """The targets of a document's links and pictures, but for those on other hosts."""
    targets = re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", TEXTS[path]))
    return [target for target in targets if "://" not in target]
