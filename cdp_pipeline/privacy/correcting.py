"""Corrections: what was typed -> the right value of a column, by the rules of the field that feeds it; the executors.

The value goes into the file of corrections (`correction_list.py`) and nowhere else; the daily run publishes it. How it
becomes the person's golden value stands in `profiles/golden/corrections.py`.
"""

import json
from datetime import UTC, datetime
from typing import Final

import polars as pl

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.privacy.correction_list import Correction, CorrectionList
from cdp_pipeline.privacy.kinds import Context, Outcome
from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.privacy.publishing import publish_request
from cdp_pipeline.privacy.requests import Request
from cdp_pipeline.profiles.golden import ATTRIBUTES, CHILD_ATTRIBUTES, CORRECTABLE, PROFILE_CORRECTIONS, field_of
from cdp_pipeline.profiles.records import PROFILE_RECORDS
from cdp_pipeline.staging import StagingContext, stage_rows
from cdp_pipeline.store import Lake
from cdp_pipeline.validation import Limits, validate_cell
from cdp_pipeline.values.nearest_name import nearest_names

MOST_RECORDS: Final = 100
"""Records by which a correction finds its person; a person's first record goes seldom, and the second hardly ever."""


def column_of(attribute: str) -> str:
    """The column of profiles that is meant: a column itself, or the first one of an attribute such as `name`.

    Raises:
        PrivacyError: It cannot be corrected.
    """
    if attribute in CORRECTABLE:
        return attribute
    for declared in ATTRIBUTES:
        if attribute == declared.name:
            return declared.column_names[0]
    for declared in CHILD_ATTRIBUTES:
        if attribute in (declared.name, *declared.column_names):
            raise PrivacyError(
                f"{attribute} is chosen among the rows of a table of its own, so that it cannot be corrected here; "
                f"expected one of {', '.join(CORRECTABLE)}. Let the sender deliver the right one."
            )
    nearest = nearest_names(attribute, CORRECTABLE)
    meant = f" Did you mean {nearest[0]}?" if nearest else ""
    raise PrivacyError(f"There is no attribute {attribute}; expected one of {', '.join(CORRECTABLE)}.{meant}")


def read_value(name: str, text: str, limits: Limits, context: StagingContext) -> str | None:
    """The value as the profile would show it if a source sent this text; None of a blank text: there is no value.

    Args:
        name: The column of profiles.
        text: What was typed.
        limits: By what a delivered cell is validated.
        context: By what it is normalised.

    Returns:
        The value as text, a date as YYYY-MM-DD, a list as JSON.

    Raises:
        PrivacyError: A source's row would be rejected for it, or it would count as missing; it is quoted masked.
    """
    if not text.strip():
        return None
    field = field_of(name)
    accepted, problem = validate_cell(text, field.column, field.entity, limits)
    remedy = 'Nothing was done; give the right value, or "" if there is none.'
    if problem:
        raise PrivacyError(f"--value for {name}: {problem}. {remedy}")
    staged = stage_rows(accepted, field.entity, context)
    value = staged.rows.get_column(field.staged).to_list()[0]
    if value is None or value == [] or staged.findings:
        found = ", ".join(sorted(staged.findings)) or "no value"
        raise PrivacyError(
            f"--value for {name}: found {found}, as a delivered cell is read; expected {field.column.kind.expects} "
            f"that is no placeholder. {remedy}"
        )
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def correct_person(request: Request, context: Context) -> Outcome:
    """Keep the right value and publish it; called again with the same value, it only publishes."""
    assert request.attribute is not None, "a correction names its column"
    listed = CorrectionList(context.folder)
    known = listed.values()
    if request.request_id not in known or known[request.request_id] != context.value:
        records = _records_of(context.lake, request.person_id, context.named)
        if not records:
            raise PrivacyError(
                f"The lake has no record of {request.person_id}, so nothing was corrected; expected a person that "
                "`cdp show` finds. Run `cdp run` and make the request again."
            )
        now = datetime.now(UTC)
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        listed.add(Correction(request.request_id, request.attribute, context.value, at, records))
    return publish_request(
        request,
        PROFILE_CORRECTIONS,
        context,
        f"Published: {request.attribute} is corrected by {request.request_id}, until that is revoked. `cdp show` and "
        f"table {PROFILE_CORRECTIONS.name} name it.",
    )


def end_correction(request: Request, context: Context) -> Outcome:
    """Remove the value of an earlier correction and publish what is sent instead."""
    assert request.revokes is not None, "a request to revoke names another one"
    CorrectionList(context.folder).end([request.revokes])
    return publish_request(
        request,
        PROFILE_CORRECTIONS,
        context,
        f"Published: {request.revokes} no longer holds; its value is removed, and what is sent is shown again.",
    )


def _records_of(lake: Lake, person_id: str, named: str) -> tuple[str, ...]:
    """The keys of a person's records: those whose id or key was typed, then of identities and leads, the oldest first.

    Contacts of records are no such names: a phone may be in records of both parts of a person who is split.
    """
    if not lake.exists("profiles", PROFILE_RECORDS.name):
        return ()
    describing = [object_type for object_type, entity in BY_OBJECT_TYPE.items() if entity.role == "person"]
    is_named = (pl.col("source_id") == named) | (pl.col("record_key") == named)
    found = (
        lake.scan("profiles", PROFILE_RECORDS.name)
        .filter(pl.col("person_id") == person_id)
        .sort(
            ~is_named.fill_null(value=False),
            ~pl.col("object_type").is_in(describing),
            "first_seen_at",
            "record_key",
            nulls_last=True,
        )
        .head(MOST_RECORDS)
    )
    return tuple(found.select("record_key").collect().to_series())
