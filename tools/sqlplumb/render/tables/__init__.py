"""A schema as a module of SQLAlchemy Core, as a person would write it. The doors: `module` and
what it is told, `is_ours`.

    choices     which type each column has
    comments    the author's comments, each at its object
    names       variables, classes, members
    table       one table
    imports     what the text needs
    own_types   what it defines for itself, copied as it stands
    layout      lines
"""

from sqlplumb.render.tables.imports import own_names
from sqlplumb.render.tables.module import Order, is_ours, module

__all__ = ["Order", "is_ours", "module", "own_names"]
