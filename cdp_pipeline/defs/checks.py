"""Checks and verdicts of `quality/` -> check specs and results of Dagster."""

from collections.abc import Container, Iterable, Sequence

import dagster as dg

from cdp_pipeline.defs.metadata import share
from cdp_pipeline.quality import Check, Verdict
from cdp_pipeline.quality.report import Warned


def check_specs(checks: Sequence[Check], *path: str) -> list[dg.AssetCheckSpec]:
    """The specs of checks; of those of entities on the asset named by the path."""
    return [
        dg.AssetCheckSpec(check.name, asset=_key(check, path), blocking=check.stops, description=check.promise)
        for check in checks
    ]


def check_results(
    verdicts: Iterable[Verdict],
    key: dg.AssetKey,
    selected: Container[dg.AssetCheckKey] | None = None,
    asked: str = "",
) -> list[dg.AssetCheckResult]:
    """The results of those verdicts that are about an asset: errors, where they stop the run or hold a delivery.

    Args:
        verdicts: The verdicts of a step.
        key: The asset.
        selected: The checks that the run was asked for; all of them where it cannot choose.
        asked: The drop dates that were asked for, in words; empty where the check is about all data.
    """
    return [
        dg.AssetCheckResult(
            check_name=verdict.check.name,
            asset_key=key,
            passed=verdict.passed,
            severity=(
                dg.AssetCheckSeverity.WARN
                if verdict.check.effect == "warns" and not verdict.is_red
                else dg.AssetCheckSeverity.ERROR
            ),
            # One that does not hold names the dates on which it does not.
            description=f"{asked}: {verdict.message}" if asked and verdict.passed else verdict.message,
            metadata={
                **({"drop_dates": asked} if asked else {}),
                **{name: share(n) if isinstance(n, float) else n for name, n in verdict.numbers.items()},
            },
        )
        for verdict in verdicts
        if _key(verdict.check, key.path) == key
        and (selected is None or dg.AssetCheckKey(key, verdict.check.name) in selected)
    ]


def warned(check: dg.AssetCheckEvaluation) -> Warned:
    """The warning of an evaluation that did not pass."""
    return Warned(check.asset_key.to_user_string(), check.check_name, check.description or "")


def _key(check: Check, path: Sequence[str]) -> dg.AssetKey:
    layer, name = check.asset.split("/")
    return dg.AssetKey([layer, path[-1] if name == "<entity>" else name])
