"""Checks and verdicts of `quality/` -> check specs and results of Dagster."""

from collections.abc import Iterable, Sequence

import dagster as dg

from cdp_pipeline.quality.verdict import Check, Verdict


def check_specs(checks: Sequence[Check], *path: str) -> list[dg.AssetCheckSpec]:
    """The specs of checks; of those of entities on the asset named by the path."""
    return [
        dg.AssetCheckSpec(check.name, asset=_key(check, path), blocking=check.stops, description=check.promise)
        for check in checks
    ]


def check_results(verdicts: Iterable[Verdict], key: dg.AssetKey) -> list[dg.AssetCheckResult]:
    """The results of those verdicts that are about an asset: an error where a broken promise stops what follows."""
    return [
        dg.AssetCheckResult(
            check_name=verdict.check.name,
            asset_key=key,
            passed=verdict.passed,
            severity=dg.AssetCheckSeverity.ERROR if verdict.check.stops else dg.AssetCheckSeverity.WARN,
            description=verdict.says,
            metadata=dict(verdict.numbers),
        )
        for verdict in verdicts
        if _key(verdict.check, key.path) == key
    ]


def _key(check: Check, path: Sequence[str]) -> dg.AssetKey:
    layer, name = check.asset.split("/")
    return dg.AssetKey([layer, path[-1] if name == "<entity>" else name])
