"""HTTP: fetch what strangers publish, within bounds; post to the operator's own hooks.

    addresses    which addresses may be dialled: decided on the resolved address
    resolving    ask the name service within a time
    lookup       what the name service has of a name: a `model.Lookup`
    inflate      decompress in steps, bounded in size and ratio
    deadline     one end for a whole exchange
    connection   one request over urllib3 on the very address that was checked
    fetcher      redirects, deadline, size: a `model.Fetch` and a `model.Post`

May import model and errors. Every fault is a SourceError of one sentence, in which
no password or key of an address appears.
"""

from dispatch.http.fetcher import Fetcher

__all__ = ["Fetcher"]
