"""A schema as a module of SQLAlchemy Core, as a person would write it.

module      the whole text, and what things of a schema are called in it
table       one table: its columns, their types and defaults, its rules, its indexes
meanings    what the SQL says of columns beyond their types
both        one module for two schemas, each for an engine of its own
sides       what is known of these two
paired      a table that both have
merge       one call of Core out of two
comments    the author's comments, each at its object
imports     what the text needs
own_types   what the text defines for itself, copied as it stands
"""

from sqlplumb.render.tables.both import ModuleOfBoth, module_of_both
from sqlplumb.render.tables.imports import own_names
from sqlplumb.render.tables.meanings import name_of
from sqlplumb.render.tables.module import ModuleOptions, beyond_core, is_ours, module
from sqlplumb.render.tables.sides import SAY_ALIKE

__all__ = [
    "SAY_ALIKE",
    "ModuleOfBoth",
    "ModuleOptions",
    "beyond_core",
    "is_ours",
    "module",
    "module_of_both",
    "name_of",
    "own_names",
]
