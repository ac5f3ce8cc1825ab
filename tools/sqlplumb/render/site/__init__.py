"""A schema as a small site of HTML pages: no server, nothing fetched from elsewhere."""

from sqlplumb.render.site.pages import site_pages
from sqlplumb.render.site.values import SiteSource, UsedQuery

__all__ = ["SiteSource", "UsedQuery", "site_pages"]
