"""Templates of pages -> HTML or markdown: all content is escaped but the code of our own sentences and drawn pictures.

In HTML that is done by itself, in markdown by the filters `literal` and `sentence`.
"""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from cdp_pipeline.values.display_text import visible

_CODE = re.compile(r"`([^`]+)`")
_MARKDOWN_CODE = re.compile(r"(`[^`]*`)")
# Every sign that begins markup, a link or HTML; in front of any of them a backslash is left out of what is shown.
_MARKUP = re.compile(r"[\\`*_{}\[\]()#!|<>~&@:]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def render(template: str, **content: object) -> str:
    """A template of `templates/` with its content; a name that it does not get is an error."""
    return _environment().get_template(template).render(content)


def markdown_text(text: str) -> str:
    """Text of others on one line, as markdown shows it letter by letter: no picture, link, HTML or end of a cell."""
    # A bare host name becomes a link by its dot.
    return _MARKUP.sub(r"\\\g<0>", visible(text)).replace("www.", "www\\.")


def markdown_code(text: str) -> str:
    """Text of others as code on one line; a backtick, which would end the code, becomes an apostrophe."""
    return "`" + visible(text).replace("`", "'").replace("|", "\\|") + "`"


def markdown_sentence(text: str) -> str:
    """A sentence of ours with code between backticks that may quote others: all but the code letter by letter."""
    parts = _MARKDOWN_CODE.split(text)
    return "".join(
        markdown_code(part[1:-1]) if _MARKDOWN_CODE.fullmatch(part) else markdown_text(part) for part in parts if part
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cdp_pipeline.quality.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        visible=visible,
        number=_number,
        code=_code,
        literal=markdown_code,
        sentence=markdown_sentence,
        whole_dates=_whole_dates,
    )
    return made


def _number(value: float | None, form: str = ",") -> str:
    """A number in a Python format; empty where there is none."""
    return "" if value is None else format(value, form)


def _whole_dates(text: str) -> Markup:
    """Text whose dates are not broken at their hyphens, as a narrow screen would."""
    return Markup(_DATE.sub(r'<span class="date">\g<0></span>', str(escape(visible(text)))))


def _code(text: str) -> Markup:
    """Text in which what stands in backticks is a command or a name."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(visible(text)))))
