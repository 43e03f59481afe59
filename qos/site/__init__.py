"""A release's tables become pages: English and Vietnamese, finished files that need no server and no script."""

from qos.site.build import SiteReport, build
from qos.site.front import index
from qos.site.pages.plain import ReleaseInfo

__all__ = ["ReleaseInfo", "SiteReport", "build", "index"]
