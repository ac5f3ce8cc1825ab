"""What the template of a revision is told besides the body, which the engine writes."""

from sqlplumb.render.revision.words import template, template_words

__all__ = ["template", "template_words"]
