<%
    body = "\n".join(line for line in (upgrades or "").splitlines() if "###" not in line).strip()
%>"""${message[0].upper() + message[1:]}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = "${up_revision}"
down_revision = ${"None" if down_revision is None else '"%s"' % down_revision}


def upgrade() -> None:
    """From ${down_revision or "nothing"} to ${up_revision}."""
    ${body or "pass"}
