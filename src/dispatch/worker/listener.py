"""The daemon's own door for mail that comes back: LMTP or SMTP, on this machine."""

import logging

from dispatch.actions.bounces import returns
from dispatch.app import App
from dispatch.smtpd import MailServer, Place

IDENT = "Dispatch bounces"
LONGEST_LINE = 65_536

log = logging.getLogger(__name__)


class BounceListener(MailServer):
    """Takes in every mail, whatever it is: what is no report is counted and let go.

    A mail is answered once it is durable; until then it is its sender's to keep.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        settings = app.settings.bounces
        place = Place(
            settings.listen,
            "The listener for bounces",
            "bounces.listen",
            IDENT,
            lmtp=settings.protocol == "lmtp",
            longest=LONGEST_LINE,
        )
        super().__init__(place, self._take_in)

    def replace(self, app: App) -> None:
        """Use `app` from the next mail on; the address stays as it is."""
        self._app = app

    def _take_in(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        del sender  # anybody can claim to be anybody
        app = self._app
        outcome = returns.take(
            app.store,
            app.tokens,
            raw,
            recipients=recipients,
            via=app.settings.bounces.protocol,
            clock=app.clock,
        )
        log.info("mail came back outcome=%s", outcome)
        return f"250 2.0.0 Taken: {outcome}"
