"""Schema versions through Alembic: which there are, which a file has, and how it is brought up to date.

Apart from the rest because loading Alembic takes longer than most commands: only a file that is new or of another
version needs it.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Run every migration that the file lacks, up to `revision`; the caller commits."""
    configuration = _configure()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)


def list_revisions() -> list[str]:
    """Every schema version that this code knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_configure()).walk_revisions()]


def _configure() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return configuration
