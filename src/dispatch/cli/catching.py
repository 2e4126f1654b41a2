"""The mail catcher for the length of a command, while the site is not live."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from dispatch.app import App
from dispatch.errors import StartError
from dispatch.sandbox.catcher import Catcher, runs_at
from dispatch.sandbox.mailbox import Mailbox, kept_beside
from dispatch.text import plain

SHOWN = 10  # mails

Told = Callable[[], list[str]]


@contextmanager
def catching(app: App) -> Iterator[Told]:
    """Run the catcher, unless the site is live or one runs already.

    What is caught, the inbox of `run` shows later. Gives a function that says what
    was caught now.
    """
    if app.settings.site.live:
        yield list
        return
    mailbox = Mailbox(app.clock, kept_beside(app.store.file))
    before = {one.id for one in mailbox.messages()}
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
        yield lambda: _told(mailbox, before)
    finally:
        catcher.stop()


def _told(mailbox: Mailbox, before: Collection[int]) -> list[str]:
    messages = [one for one in mailbox.messages() if one.id not in before]
    if not messages:
        return []
    head = f"The built-in catcher got {plain.count(len(messages), 'mail')}:"
    return [head, *(f"  {one.to}: {one.subject}" for one in messages[:SHOWN])]
