"""A schema as a module of SQLAlchemy Core, as a person would write it. The doors: `module` and
what it is told, `is_ours`.

    module      the whole text
    table       one table: its rules, its indexes, what it refers to
    column      one column: which type it has, its default
    said        what the SQL says of columns beyond their types
    comments    the author's comments, each at its object
    names       variables, classes, members
    wording     the author's own words inside Python
    imports     what the text needs
    own_types   what it defines for itself, copied as it stands
"""

from sqlplumb.render.tables.imports import own_names
from sqlplumb.render.tables.module import Order, beyond_core, is_ours, module
from sqlplumb.render.tables.said import name_of

__all__ = ["Order", "beyond_core", "is_ours", "module", "name_of", "own_names"]
