<%!
    def literal(value):
        """In double quotes, as ruff has it; an id has none of its own."""
        return repr(value) if '"' in repr(value) else repr(value).replace("'", '"')
%>\
"""${message}

% if about:
${about}

% endif
Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

% if "sa." in (upgrades or "") + (downgrades or "") + (imports or ""):
import sqlalchemy as sa
% endif
from alembic import op
${imports if imports else ""}
revision = ${literal(up_revision)}
down_revision = ${literal(down_revision)}
branch_labels = ${literal(branch_labels)}
depends_on = ${literal(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
