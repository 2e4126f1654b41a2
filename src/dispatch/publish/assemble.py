"""One document out of its shell and its fragments.

For the published feeds, and for whoever makes a document of any stories under any
address when it is asked for: a `channel.make` and a `document`, no more.
"""

from dispatch.model import FeedFormat
from dispatch.publish import check
from dispatch.publish.channel import Channel
from dispatch.publish.formats import FORMATS
from dispatch.publish.fragments import Fragments


def document(channel: Channel, form: FeedFormat, kept: Fragments) -> bytes:
    """Return the channel in one format, byte for byte as if written in one go.

    Only fragments that are not `kept` are made. Raises PublishError for an item that
    spoils it (`documents.make` finds out which) or a head that is not what it should
    be; then there is nothing to publish.
    """
    shown = channel.standing if form is FeedFormat.ATOM else channel.items
    check.order(shown, form)
    shell = FORMATS[form].shell(channel)
    check.head(FORMATS[form].read(shell.filled()), form, channel)
    return shell.filled(kept.of(shown, form))
