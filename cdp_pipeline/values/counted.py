"""A number with its noun, as every message, page and metadata entry writes it."""


def count_of(number: int, what: str) -> str:
    """A number with its separators and its noun, in the plural unless the number is one.

    `count_of(1, "row")` is `1 row`, `count_of(1200, "entry")` is `1,200 entries`.

    Args:
        number: The number.
        what: The noun in the singular.
    """
    if number == 1:
        return f"1 {what}"
    ends_in_y = what.endswith("y") and what[-2:-1] not in "aeiou"
    return f"{number:,} {what[:-1]}ies" if ends_in_y else f"{number:,} {what}s"
