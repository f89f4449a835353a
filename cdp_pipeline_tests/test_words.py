"""Names, docstrings and texts of the package use the terms of the field."""

import ast
import re
from pathlib import Path

import pytest

import cdp_pipeline

ROOT = Path(cdp_pipeline.__file__).parent

BANNED = {
    r"touch(ed|es|ing)?|renew\w*|anew|stale people": "changed, affected; rebuild, refresh",
    r"tells?|told|telling|sa(id|ys?|ying)|word of": "description, override, states: what is meant",
    r"taken|let through": "accepted, used, chosen: which is meant",
    r"nobody('?s)?|somebody('?s)?|everybody('?s)?|oneself": "no record, a person, all records; a placeholder",
    r"looks?|looking": "features",
    r"things?|of which|of such": "the noun that is meant",
    r"judge(s|d|ments?)?|judging": "evaluate, score, compare",
    r"forg[eo]t\w*": "invalidate, delete, erase: which is meant",
    r"rooms?|doors?|entrances?|walls?": "package, entry point",
    r"moments?": "timestamp, date",
    r"odd|oddit\w+|oddly": "anomalous",
    r"broken days?": "failed partition",
    r"slips?": "Damerau-Levenshtein distance",
    r"bear(s|ing)?": "has, holds",
    r"drop(s|ped|ping)?": "delivery, delivered file",
}
"""The word that is not used, and what to write instead."""

ALLOWED = re.compile(
    r"drop[ _]dates?|drop[ _]folders?|(first|last)[ _]touch\w*|moment_value|DROP TABLE|bearing in mind|"
    r"look(s|ed|ing)?[ -]?up|number, moment, flag",
    re.IGNORECASE,
)
"""Terms of the field, or of the data, that hold such a word."""


def words_of(file: Path) -> list[str]:
    """The banned words in the names that a module defines, in its docstrings and in its literals with a blank."""
    texts = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                texts.append(name)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                texts.append(name)
            case ast.Constant(value=str(text)) if " " in text:
                texts.append(text)
    pattern = re.compile(rf"(?<![a-z])({'|'.join(BANNED)})(?![a-z])", re.IGNORECASE)
    return [found[0].lower() for text in texts for found in pattern.finditer(ALLOWED.sub("", text))]


@pytest.mark.parametrize("package", sorted({file.relative_to(ROOT).parts[0] for file in ROOT.rglob("*.py")}))
def test_names_docstrings_and_texts_use_the_terms_of_the_field(package: str) -> None:
    files = [ROOT / package] if package.endswith(".py") else sorted((ROOT / package).rglob("*.py"))
    found = {str(file.relative_to(ROOT)): words_of(file) for file in files if "migrations" not in file.parts}
    assert {file: words for file, words in found.items() if words} == {}, f"write instead: {BANNED}"
