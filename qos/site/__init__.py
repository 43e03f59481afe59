"""A release's tables become pages in English and Vietnamese: finished files, no server, no script."""

from qos.site.build import SiteReport, build
from qos.site.front import index
from qos.site.pages.plain import ReleaseInfo

__all__ = ["ReleaseInfo", "SiteReport", "build", "index"]
