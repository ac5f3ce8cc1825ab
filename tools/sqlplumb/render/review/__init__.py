"""A review for eyes and machines: one view model, and four formats that only lay it out.

Every name, comment and value of a schema is hostile until the format that writes it has escaped it.
"""

from sqlplumb.render.review.html import html
from sqlplumb.render.review.markdown import markdown
from sqlplumb.render.review.page import Page, as_json
from sqlplumb.render.review.page_of_review import page
from sqlplumb.render.review.text import text

__all__ = ["Page", "as_json", "html", "markdown", "page", "text"]
