"""What the tables of all three services are made with."""

from sqlalchemy import DDL, Column, Integer, MetaData, event, text

metadata = MetaData()

NOW = text("CURRENT_TIMESTAMP")


def rowid(name: str) -> Column[int]:
    """Give the column that is SQLite's rowid; it is never NULL, so NOT NULL goes without saying."""
    return Column(name, Integer, primary_key=True, nullable=True)


def after_create(statement: str) -> None:
    """Let ``metadata.create_all()`` end with a statement that Core has no words for."""
    event.listen(metadata, "after_create", DDL(statement))  # type: ignore[no-untyped-call]


def before_drop(statement: str) -> None:
    """Let ``metadata.drop_all()`` begin with ``statement``."""
    event.listen(metadata, "before_drop", DDL(statement))  # type: ignore[no-untyped-call]
