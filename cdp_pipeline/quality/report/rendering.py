"""Templates of pages -> HTML: all content is escaped but the code of our own sentences and drawn pictures."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cdp_pipeline.values.display_text import visible

_CODE = re.compile(r"`([^`]+)`")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def render(template: str, **content: object) -> str:
    """A template of `templates/` with its content; a name that it does not get is an error."""
    return _environment().get_template(template).render(content)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cdp_pipeline.quality.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(visible=visible, number=_number, code=_code, whole_dates=_whole_dates)
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
