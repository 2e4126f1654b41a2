"""What rendering any mail needs, in one value that `app` puts together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dispatch.compose.pictures import Picture
from dispatch.compose.preflight import Preflight
from dispatch.compose.templates import Templates
from dispatch.model import Frozen, Issue, Links, NewsletterSettings, SiteSettings


class Gate(Protocol):
    """What every issue passes before it may leave."""

    def inspect(
        self,
        press: "Press",
        newsletter: NewsletterSettings,
        issue: Issue,
        frozen: Frozen,
        *,
        now: datetime,
        known: str = "",
    ) -> Preflight:
        """Return what is to be said of an issue's bytes; `known` is in its stories."""
        ...


@dataclass(frozen=True, slots=True)
class Press:
    """The publication, the addresses it answers under, and its templates.

    Without a gate, issues leave unexamined. `logo` travels inside each mail. `leave` is
    the mail address of List-Unsubscribe; a star stands for the reader.
    """

    site: SiteSettings
    links: Links
    templates: Templates
    gate: Gate | None = None
    logo: Picture | None = None
    leave: str = ""
