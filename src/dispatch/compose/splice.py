"""Put one recipient's values into frozen bytes: the only way to a message."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.model import Frozen, Span


@dataclass(frozen=True, slots=True)
class Cut:
    """Frozen bytes, cut at their spans: one more piece than there are names."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Return the whole message for one recipient, as DATA carries it.

        `values` needs every name; others are not used. Raises ValueError for a missing
        name and for a value with a line break in it, so that no value can start a
        header of its own.
        """
        try:
            given = [values[name] for name in self.names]
        except KeyError as missing:
            raise ValueError(
                f"The message has a place for {missing}, and no value was given."
            ) from missing
        together = b"".join(given)
        if b"\n" in together or b"\r" in together:
            bad = next(n for n in self.names if {*b"\r\n"} & {*values[n]})
            raise ValueError(f"The value of {bad!r} holds a line break.")
        whole = [b""] * (len(self.pieces) + len(given))
        whole[::2], whole[1::2] = self.pieces, given
        return b"".join(whole)


def cut(frozen: Frozen) -> Cut:
    """Cut a message, for whoever fills it many times."""
    data, spans = frozen.data, frozen.spans
    starts = (0, *(span.end for span in spans))
    ends = (*(span.start for span in spans), len(data))
    pieces = tuple(data[a:b] for a, b in zip(starts, ends, strict=True))
    return Cut(pieces, tuple(span.name for span in spans))


def splice(frozen: Frozen, values: Mapping[str, bytes]) -> bytes:
    """Return the whole message for one recipient: see `Cut.fill`."""
    return cut(frozen).fill(values)


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
