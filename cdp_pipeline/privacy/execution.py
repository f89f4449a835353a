"""Carrying out a request: its events, its executor and its proof, in an order that a kill cannot spoil.

The proof is on disk before the request is done, so that whatever is done has one. A request that is not done is
carried out again from the beginning, which its executor allows.
"""

from datetime import UTC, datetime

from cdp_pipeline.privacy.kinds import Context, Outcome, carried_out_by
from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.privacy.proof import proof_of, write_proof
from cdp_pipeline.privacy.requests import Request


def carry_out(request: Request, context: Context) -> Outcome:
    """Execute an open request that is in the log; returns what its executor did.

    Raises:
        PrivacyError: No executor is known for it, the request that it revokes is not in the log, or the executor
            cannot do it.
    """
    started_at = datetime.now(UTC)
    revoked = _revoked(request, context) if request.revokes else None
    execute = carried_out_by(request.kind, revoked).execute
    logged = context.log.request(request.request_id)
    # A run that was writing the lake when this was confirmed may have merged the person.
    is_renamed = request.state == "confirmed" and logged is not None and logged.person_id != request.person_id
    if request.state == "received" or is_renamed:
        context.log.append(request.event("confirmed"))
    outcome = execute(request, context)
    if outcome.event is None:
        return outcome
    if outcome.event == "done":
        # First the request that is revoked: after a kill in between, this one is open and does it again.
        if revoked:
            context.log.append(revoked.event("revoked"))
        now = datetime.now(UTC)
        proof = proof_of(request, started_at, now, context.settings_digest, outcome.tables, outcome.files)
        write_proof(context.folder, context.key, proof)
    context.log.append(request.event(outcome.event))
    return outcome


def _revoked(request: Request, context: Context) -> Request:
    found = context.log.request(request.revokes or "")
    if found is None:
        raise PrivacyError(
            f"{request.request_id} revokes {request.revokes}, which is not in the log; expected an earlier request. "
            "Restore the log from a backup."
        )
    return found
