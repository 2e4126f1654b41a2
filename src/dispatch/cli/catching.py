"""The mail catcher for the length of a command, while the site is not live."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dispatch.app import App
from dispatch.cli import output
from dispatch.errors import StartError
from dispatch.sandbox.catcher import Catcher, runs_at
from dispatch.sandbox.mailbox import Mailbox

SHOWN = 10  # mails

Told = Callable[[], list[str]]


@contextmanager
def catching(app: App) -> Iterator[Told]:
    """Run the catcher, unless the site is live or one runs already.

    Gives a function that says what was caught.
    """
    if app.settings.site.live:
        yield list
        return
    mailbox = Mailbox(app.clock)
    catcher = Catcher(app.settings.sandbox.smtp, mailbox)
    try:
        catcher.start()
    except StartError:
        if not runs_at(app.settings.sandbox.smtp):
            raise
        inbox = app.settings.sandbox.listen
        yield lambda: [f"Mail went to the catcher that runs already: http://{inbox}/"]
        return
    try:
        yield lambda: _told(mailbox)
    finally:
        catcher.stop()


def _told(mailbox: Mailbox) -> list[str]:
    messages = mailbox.messages()
    if not messages:
        return []
    head = f"The built-in catcher got {output.count(len(messages), 'mail')}:"
    return [head, *(f"  {one.to}: {one.subject}" for one in messages[:SHOWN])]
