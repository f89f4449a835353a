"""What checks measure on the result of identity resolution: records, references, changes of people and their size."""

from collections.abc import Mapping, Sequence

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality.verdict import Measured, listed
from cdp_pipeline.values.display_text import count_of


def records_placed(records: int, placed: int) -> Measured:
    """Records that stand in no place, or in several."""
    return Measured(placed == records, {"records": records, "records_placed_once": placed})


def unresolved_references(references: Mapping[Entity, tuple[int, int]], few: int) -> Measured:
    """References to a customer or lead that is unknown, by entity."""
    bad = [
        f"{e.object_type} names {unknown:,} of {named:,} unknown (warning above {e.thresholds.unknown_references:.0%})"
        for e, (unknown, named) in references.items()
        if unknown > few and unknown > e.thresholds.unknown_references * named
    ]
    by_entity = {f"unresolved_references/{e.object_type}": unknown for e, (unknown, _) in references.items()}
    return Measured(not bad, {"unresolved_references": sum(by_entity.values()), **by_entity}, bad)


def people_disturbed(before: int, merged: int, split: int, gone: int, expired: int, share: float, few: int) -> Measured:
    """People whose profile is not theirs alone any more, or gone but for those whose retention ended."""
    disturbed = merged + split + gone - expired
    numbers = {"people_before": before, "people_disturbed": disturbed}
    return Measured(disturbed < few or not before or disturbed / before <= share, numbers)


def largest_person(largest_cluster: int, most: int) -> Measured:
    """Records and contacts of the largest person."""
    return Measured(largest_cluster <= most, {"largest_cluster": largest_cluster})


def placeholders(
    identifiers: int, blocked: Mapping[str, int], blocked_values: int, shared: Mapping[str, int], share: float
) -> Measured:
    """Identifiers that are placeholders."""
    found = sum(blocked.values())
    numbers = {f"blocked_{k}": n for k, n in blocked.items()} | {f"shared_{k}": n for k, n in shared.items()}
    words = {"placeholders": found, "values": count_of(blocked_values, "distinct value")}
    return Measured(found <= share * identifiers, numbers, words=words)


def unapplied_overrides(override_problems: Sequence[tuple[int, str]]) -> Measured:
    """Lines of the overrides file that are not applied."""
    lines = [f"line {line}: {problem}" for line, problem in override_problems]
    return Measured(not lines, {"override_problems": len(lines)}, words={"lines": listed(lines, 10)})


def records_of_erased_persons(returned: int) -> Measured:
    """Current records of erased persons."""
    return Measured(not returned, {"records_of_erased_persons": returned})
