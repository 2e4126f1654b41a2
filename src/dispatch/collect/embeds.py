"""Players inside a text become links: feeds and mails show no frames.

Takes HTML that nh3 has made regular, every attribute in double quotes.
"""

import re
from html import escape, unescape
from urllib.parse import parse_qs, urlsplit

from dispatch.text import urls

FRAME = re.compile(
    r"<iframe((?:[^\">]|\"[^\"]*\")*)>[^<]*(?:<(?!/iframe>)[^<]*)*</iframe>"
)
PLAYER = re.compile(
    r"<(video|audio)((?:[^\">]|\"[^\"]*\")*)>([^<]*(?:<(?!/\1>)[^<]*)*)</\1>"
)
ATTRIBUTE = re.compile(r'\s(src|poster|title)="([^"]*)"')
NAMES = {
    "youtube.com": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "youtu.be": "YouTube",
    "player.vimeo.com": "Vimeo",
    "dailymotion.com": "Dailymotion",
    "w.soundcloud.com": "SoundCloud",
    "open.spotify.com": "Spotify",
    "datawrapper.dwcdn.net": "Datawrapper",
    "flo.uri.sh": "Flourish",
    "google.com": "Google",
    "facebook.com": "Facebook",
    "instagram.com": "Instagram",
    "platform.twitter.com": "Twitter",
    "documentcloud.org": "DocumentCloud",
    "embed.documentcloud.org": "DocumentCloud",
    "archive.org": "Internet Archive",
    "ted.com": "TED",
    "embed.ted.com": "TED",
}
YOUTUBE = re.compile(r"/(?:embed|v|shorts)/([\w-]{6,20})")
VIMEO = re.compile(r"/video/(\d{4,12})")


def as_links(html: str) -> str:
    """Return the HTML with a link in the place of each player that is known.

    A frame of a site that is not known is left out: most are advertising.
    """
    return PLAYER.sub(_player, FRAME.sub(_frame, html))


def _frame(found: re.Match[str]) -> str:
    about = _attributes(found[1])
    url = urls.join("https://x.invalid/", about.get("src", ""))
    host = (urlsplit(url).hostname or "") if urls.is_web(url) else ""
    name = NAMES.get(host.removeprefix("www."))
    if name is None:
        return ""
    label = about.get("title") or name
    return _link(_page(url, name), f"▶ {escape(label)}")


def _page(url: str, name: str) -> str:
    """Return the page on which people, not frames, see it."""
    parts = urlsplit(url)
    if name == "YouTube":
        video, playlist = YOUTUBE.search(parts.path), parse_qs(parts.query).get("list")
        if playlist and (video is None or video[1] == "videoseries"):
            return f"https://www.youtube.com/playlist?list={playlist[0]}"
        return f"https://www.youtube.com/watch?v={video[1]}" if video else url
    if name == "Vimeo" and (film := VIMEO.search(parts.path)):
        return f"https://vimeo.com/{film[1]}"
    return url


def _player(found: re.Match[str]) -> str:
    kind, about, inside = found[1], _attributes(found[2]), found[3]
    url = about.get("src") or _attributes(inside).get("src", "")
    if not url:
        return ""
    poster = about.get("poster", "")
    label = f"▶ {kind.capitalize()}"
    if poster:
        label = f'<img src="{escape(poster)}" alt="{label}">'
    return _link(url, label)


def _attributes(text: str) -> dict[str, str]:
    """Return what an element says, decoded; the first of each name counts."""
    found = {name: unescape(value) for name, value in reversed(ATTRIBUTE.findall(text))}
    return {name: value for name, value in found.items() if value.strip()}


def _link(url: str, label: str) -> str:
    return f'<p><a href="{escape(url)}">{label}</a></p>'
