"""What it costs to sign a message of 40 kB, against the bare RSA signature."""

import time
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from dispatch.deliver import dkim

COUNT = 1_000
AT = datetime(2026, 3, 2, tzinfo=UTC)
HEAD = (
    b"From: News <news@paper.example>\r\nTo: reader@example.net\r\nSubject: News\r\n"
    b"Date: Mon, 02 Mar 2026 12:00:00 +0000\r\nMessage-ID: <1@paper.example>\r\n"
    b"List-Unsubscribe: <https://paper.example/u/abc>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
)
LINE = b'<td style=3D"padding: 0 12px">words of a story,  and more of them</td>=\r\n'
MESSAGE = HEAD + LINE * (40_000 // len(LINE))


def seconds(work):
    started = time.perf_counter()
    for _ in range(COUNT):
        work()
    return time.perf_counter() - started


def main():
    key = dkim.read(dkim.generate()[0])
    signer = dkim.Signer("paper.example", "s", key)
    bare = seconds(lambda: key.sign(b"x" * 1_000, padding.PKCS1v15(), hashes.SHA256()))
    whole = seconds(lambda: dkim.sign(MESSAGE, [signer], at=AT))
    print(f"{COUNT} messages of 40 kB, RSA-2048, relaxed/relaxed:")
    print(f"  {whole / bare:.2f} x the time of the bare signature")
    print(f"  ({whole / COUNT * 1e6:.0f} µs against {bare / COUNT * 1e6:.0f} µs)")


if __name__ == "__main__":
    main()
