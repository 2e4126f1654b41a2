"""Put one recipient's values into frozen bytes: the only way to a message."""

from collections.abc import Mapping

from dispatch.model import Frozen, Span


def splice(frozen: Frozen, values: Mapping[str, bytes]) -> bytes:
    """Return the whole message for one recipient, as DATA carries it.

    `values` needs every name among the spans; others are not used. Raises ValueError
    for a missing name and for a value with a line break in it, so that no value can
    start a header of its own.
    """
    for name, value in values.items():
        if b"\n" in value or b"\r" in value:
            raise ValueError(f"The value of {name!r} holds a line break.")
    data, start = frozen.data, 0
    pieces: list[bytes] = []
    try:
        for span in frozen.spans:
            pieces += (data[start : span.start], values[span.name])
            start = span.end
    except KeyError as missing:
        raise ValueError(
            f"The message has a place for {missing}, and no value was given."
        ) from missing
    pieces.append(data[start:])
    return b"".join(pieces)


def fill(frozen: Frozen, values: Mapping[str, bytes]) -> Frozen:
    """Return the message with some of its spans filled for everybody who gets it.

    For a copy that belongs to no subscription: a preview, a proof.
    """
    data = bytearray()
    spans: list[Span] = []
    start = 0
    for span in frozen.spans:
        data += frozen.data[start : span.start]
        text = values.get(span.name, frozen.data[span.start : span.end])
        if span.name not in values:
            spans.append(Span(len(data), len(data) + len(text), span.name))
        data += text
        start = span.end
    data += frozen.data[start:]
    return Frozen(bytes(data), tuple(spans))
