"""A plan as the body of an Alembic revision, in the words of batch mode or in plain SQL.

What is written here imports `alembic` and `sqlalchemy` and nothing else. Every name and every text
that comes from a schema is hostile until it is a Python literal.
"""

from sqlplumb.render.revision.body import Body, Trial, body, refuse_losses
from sqlplumb.render.revision.words import docstring, template, template_words

__all__ = ["Body", "Trial", "body", "docstring", "refuse_losses", "template", "template_words"]
