"""The words: frozen, flat, typed facts about a schema, the same for every engine.

Equal facts are equal schemas: `==` is the only comparison there is. What was written and where
(`text`, `place`) travels along without being compared. Nothing here may know an engine, a file
or SQL.
"""

from sqlplumb.schema.objects import (
    Check,
    Column,
    EngineObject,
    Expr,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    Options,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
    compared_fields,
    field_words,
    value_of,
    with_values,
)
from sqlplumb.schema.refs import Kind, Ref
from sqlplumb.schema.schema import Head, Schema, SpelledIn, Unit, fingerprint, with_ignored

__all__ = [
    "Check",
    "Column",
    "EngineObject",
    "Expr",
    "ForeignKey",
    "Head",
    "Index",
    "KeyPart",
    "Kind",
    "Object",
    "Options",
    "PrimaryKey",
    "Ref",
    "Schema",
    "SpelledIn",
    "Table",
    "Trigger",
    "Unique",
    "Unit",
    "View",
    "VirtualTable",
    "compared_fields",
    "field_words",
    "fingerprint",
    "value_of",
    "with_ignored",
    "with_values",
]
