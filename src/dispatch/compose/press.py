"""What rendering any mail needs, in one value that `app` puts together."""

from dataclasses import dataclass

from dispatch.compose.templates import Templates
from dispatch.model import Links, SiteSettings


@dataclass(frozen=True, slots=True)
class Press:
    """The publication, the addresses it answers under, and its templates."""

    site: SiteSettings
    links: Links
    templates: Templates
