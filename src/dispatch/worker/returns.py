"""Everything by which mail that comes back reaches the daemon itself."""

from contextlib import ExitStack

from dispatch.app import App
from dispatch.worker.bounce_box import BounceBox
from dispatch.worker.listener import BounceListener


class Returns:
    """The listener, where there is one, and the mailbox. Web hooks are the site's."""

    def __init__(self, app: App) -> None:
        self._box = BounceBox(app)
        listens = bool(app.settings.bounces.listen)
        self._listener = BounceListener(app) if listens else None
        self._open = ExitStack()

    @property
    def port(self) -> int:
        """The port of the listener; 0 where there is none."""
        return self._listener.port if self._listener else 0

    def start(self) -> None:
        """Listen, and begin to look. Raises StartError naming the address."""
        if self._listener is not None:
            self._listener.start()
            self._open.callback(self._listener.stop)
        self._box.start()
        self._open.callback(self._box.stop)

    def stop(self) -> None:
        """Take nothing more in."""
        self._open.close()

    def replace(self, app: App) -> None:
        """Use `app` from now on; the listener's address stays as it is."""
        self._box.replace(app)
        if self._listener is not None:
            self._listener.replace(app)
