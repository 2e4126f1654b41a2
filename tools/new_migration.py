"""Write the next migration from the difference between store/schema and the migrations.

    python tools/new_migration.py "what changes"

Then read it, and mend what Alembic could not know. Forward only.
"""

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from dispatch.store.database import scratch_engine
from dispatch.store.migrations import current, upgrade
from dispatch.store.schema import metadata

VERSIONS = Path("src/dispatch/store/migrations/versions")
HEAD = '''"""{message}."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "{number:04}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """{message}."""
    {body}
'''


def main(message: str) -> None:
    """Print the path of the new migration."""
    number = len(list(VERSIONS.glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        engine = scratch_engine(f"sqlite:///{file}")
        if number > 1:
            upgrade(engine, file)
        with engine.connect() as connection:
            down = current(connection)
            context = MigrationContext.configure(
                connection, opts={"target_metadata": metadata}
            )
            body = render_python_code(produce_migrations(context, metadata).upgrade_ops)
    slug = message.lower().replace(" ", "_")[:40]
    target = VERSIONS / f"{number:04}_{slug}.py"
    body = "\n".join(
        line for line in body.splitlines() if not line.strip().startswith("#")
    )
    target.write_text(
        HEAD.format(message=message, number=number, down=down, body=body.strip())
    )
    print(target)


if __name__ == "__main__":
    main(sys.argv[1])
