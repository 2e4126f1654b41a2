"""Conditional GET: ask a server only for what has changed (RFC 9110, section 13).

`get` is for readers whose source is one document, `another` for the documents that it
names; `ask`, `judge` and `refusal` are parts, which touch nothing.
"""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus

from dispatch.errors import SourceError
from dispatch.model import Errand, Response, Validators
from dispatch.text import urls

REMEDY = {
    HTTPStatus.UNAUTHORIZED: "It wants a password: put it into the address.",
    HTTPStatus.FORBIDDEN: "The site refuses us.",
    HTTPStatus.NOT_FOUND: "Is the address still right?",
    HTTPStatus.GONE: "It is gone for good: take the source out of config.toml.",
    HTTPStatus.TOO_MANY_REQUESTS: "The site wants fewer visits: raise `every`.",
}
NEVER_CACHED = "0"  # Expires: a server that says so sends validators by mistake


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a good answer means.

    With `same`, nothing changed and the body need not be read. `validators` go into
    the harvest: they are kept once its stories are.
    """

    same: bool
    validators: Validators


@dataclass(frozen=True, slots=True)
class Got:
    """A document that was asked for, or the news that it is as it was (`same`)."""

    answer: Response
    same: bool
    validators: Validators


def get(errand: Errand, url: str, *, accept: str) -> Got:
    """Fetch the one document of a source, unless it is as the errand remembers it.

    Raises SourceError for any answer but 200 and 304, in words and with a remedy.
    """
    headers = {"Accept": accept, **ask(errand.validators)}
    answer = errand.fetch(url, headers=headers)
    if not _good(answer, errand.validators):
        raise SourceError(f"{urls.shown(answer.url)}: {refusal(answer.status)}")
    verdict = judge(answer, errand.validators)
    return Got(answer, verdict.same, verdict.validators)


def another(errand: Errand, url: str, *, accept: str) -> Response:
    """Fetch a further document of a source, whatever is remembered.

    Raises SourceError for any answer but 200, in words and with a remedy; the problem
    it becomes names the address.
    """
    answer = errand.fetch(url, headers={"Accept": accept})
    if answer.status != HTTPStatus.OK:
        raise SourceError(refusal(answer.status))
    return answer


def ask(validators: Validators) -> dict[str, str]:
    """Return the headers to ask with, the validators exactly as they were received."""
    headers = {}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    return headers


def judge(answer: Response, known: Validators) -> Verdict:
    """Say what a 200 or 304 means to somebody who asked with `known`.

    The same ETag or the same bytes are the same document. The same Last-Modified
    under another ETag is not: servers forget to move it.
    """
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return Verdict(same=True, validators=_renewed(answer, known))
    fresh = _validators(answer, known)
    if known.etag and fresh.etag == known.etag:
        # The body's hash stays: it is that of the body that was read.
        kept = Validators(fresh.etag, fresh.last_modified, known.body_hash)
        return Verdict(same=True, validators=kept)
    return Verdict(same=fresh.body_hash == known.body_hash, validators=fresh)


def refusal(status: int) -> str:
    """Say what an answer other than a good one means, and what would help."""
    try:
        known = HTTPStatus(status)
    except ValueError:
        return f"It answered {status}."
    remedy = REMEDY.get(known, "")
    return f"It answered {status} ({known.phrase}). {remedy}".strip()


def _good(answer: Response, known: Validators) -> bool:
    """Whether the answer is usable; a 304 only answers a conditional question."""
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return bool(ask(known))
    return answer.status == HTTPStatus.OK


def _renewed(answer: Response, known: Validators) -> Validators:
    """Keep what a 304 does not say anew (RFC 9111, section 4.3.4)."""
    return Validators(
        answer.headers.get("etag", known.etag),
        answer.headers.get("last-modified", known.last_modified),
        known.body_hash,
    )


def _validators(answer: Response, known: Validators) -> Validators:
    """Return what to ask with next; an old Last-Modified stays if there is no new."""
    body_hash = hashlib.sha256(answer.body).hexdigest()
    if answer.headers.get("expires", "").strip() == NEVER_CACHED:
        return Validators(body_hash=body_hash)
    return Validators(
        answer.headers.get("etag", ""),
        answer.headers.get("last-modified", known.last_modified),
        body_hash,
    )
