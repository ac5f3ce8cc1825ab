"""A schema, or the difference of two, as a picture: SVG, Mermaid and DOT from one set of values.

Every name and every text of a schema is hostile until the template that writes it has escaped it.
"""

from sqlplumb.render.picture.layout import has_engine
from sqlplumb.render.picture.markup import dot, mermaid
from sqlplumb.render.picture.svg import svg
from sqlplumb.render.picture.values import Box, Edge, Picture, Row
from sqlplumb.render.picture.view import focused, picture_of, picture_of_difference, shortened

__all__ = [
    "Box",
    "Edge",
    "Picture",
    "Row",
    "dot",
    "focused",
    "has_engine",
    "mermaid",
    "picture_of",
    "picture_of_difference",
    "shortened",
    "svg",
]
