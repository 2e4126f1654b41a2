"""The stylesheet and the site's mark, coloured with the publication's accent."""

import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.errors import TemplateError
from dispatch.model import SiteSettings
from dispatch.text import colours

PAPER = colours.parse("#f3efe6")  # the darkest light ground and the lightest
NIGHT = colours.parse("#232529")  # dark ground that accent-coloured text stands on
FOREVER = "public, max-age=31536000, immutable"

MARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\
<rect width="32" height="32" rx="6" fill="{ground}"/>\
<text x="16" y="23.5" text-anchor="middle" font-family="Georgia, serif" \
font-size="22" font-weight="700" fill="{ink}">{letter}</text></svg>"""


class Look:
    """What a page looks like. Read once; the version is the hash of the bytes."""

    def __init__(self, folders: Sequence[Path], site: SiteSettings) -> None:
        sheet = _find(folders, "static/site.css")
        self.css = (_accents(site.accent) + sheet).encode()
        self.mark = _mark(site).encode()
        self.version = hashlib.sha256(self.css + self.mark).hexdigest()[:12]

    def routes(self) -> list[Route]:
        """Return the addresses under /static/."""
        return [Route("/static/{name}", self.static)]

    def static(self, request: Request) -> Response:
        """The stylesheet or the mark, to be kept for ever under its version."""
        files = {
            "site.css": (self.css, "text/css; charset=utf-8"),
            "mark.svg": (self.mark, "image/svg+xml"),
        }
        found = files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        current = request.query_params.get("v") == self.version
        return Response(
            found[0],
            headers={
                "Content-Type": found[1],
                "Cache-Control": FOREVER if current else "no-cache",
            },
        )


def _find(folders: Sequence[Path], name: str) -> str:
    """Read a file from the first folder that has it."""
    for folder in folders:
        file = folder / name
        if file.is_file():
            try:
                return file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise TemplateError(f"{file} cannot be read: {error}.") from error
    raise TemplateError(
        f"templates/web/{name} is missing: the installation is damaged."
    )


def _accents(accent: str) -> str:
    """Return the accent as custom properties, readable by day and by night."""
    plain = colours.parse(accent)
    day = colours.readable(plain, PAPER)
    night = colours.readable(plain, NIGHT)
    return (
        f":root{{--accent:{colours.write(day)};"
        f"--on-accent:{colours.write(colours.ink_on(day))};}}\n"
        "@media (prefers-color-scheme:dark){"
        f":root{{--accent:{colours.write(night)};"
        f"--on-accent:{colours.write(colours.ink_on(night))};}}}}\n"
    )


def _mark(site: SiteSettings) -> str:
    ground = colours.parse(site.accent)
    letter = next((c for c in site.title if c.isalnum()), "D")
    return MARK.format(
        ground=colours.write(ground),
        ink=colours.write(colours.ink_on(ground)),
        letter=escape(letter.upper()),
    )
