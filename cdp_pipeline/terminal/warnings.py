"""Checks that do not hold and stop nothing -> lines for the terminal, one per check and not one per entity."""

from collections.abc import Iterable

from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.quality.checks import BY_NAME as CHECKS
from cdp_pipeline.reporting.day import Warned


def warning_lines(warned: Iterable[Warned]) -> list[str]:
    """One line per check, in the order of a run.

    Entities with the same message, such as a missing file, are named together.

    Args:
        warned: The checks, of one run or several; a repeated message is printed once.
    """
    by_check: dict[str, dict[str, list[str]]] = {}
    for one in warned:
        assets = by_check.setdefault(one.check, {}).setdefault(one.message, [])
        if one.asset not in assets:
            assets.append(one.asset)
    return [_line(check, found) for check, found in by_check.items()]


def _line(check: str, found: dict[str, list[str]]) -> str:
    kind = "Held" if check == CHECKS["rejected_share_is_bearable"].name else "Warning"
    (message, assets), *others = found.items()
    if not others and len(assets) == 1:
        return f"{kind}: {assets[0]}, {check}: {message}"
    if not others:
        # What was found comes first; what is wrong is the same for all, and so is what to do.
        what, _, rest = message.partition(". ")
        return f"{kind}: {what} for {len(assets)} of {len(ENTITIES)} entities: {_named(assets)}. {rest} ({check})"
    return f"{kind}: {check}: " + " ".join(f"[{_named(of)}] {message}" for message, of in found.items())


def _named(assets: Iterable[str]) -> str:
    """The entities of assets by their object types; the key of an asset that is none's."""
    names = (asset.rpartition("/")[-1] for asset in assets)
    return ", ".join(BY_NAME[name].object_type if name in BY_NAME else name for name in names)
