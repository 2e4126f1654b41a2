"""URL rules: what is a web address, what of it is tracking, when two are the same.

Every function takes any text and never raises: addresses come from other people.
"""

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit

TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_", "__hs")
TRACKING = frozenset(
    {
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "li_fat_id",
        "mc_cid",
        "mc_eid",
        "igshid",
        "igsh",
        "_hsenc",
        "_hsmi",
        "hsctatracking",
        "mkt_tok",
        "ref_src",
        "ref_url",
        "s_cid",
        "s_kwcid",
        "wickedid",
        "ml_subscriber",
        "ml_subscriber_hash",
        "cmpid",
        "ncid",
        "sr_share",
        "spm",
        "_openstat",
        "rss_source",
        "wt_mc",
        "wt.mc_id",
        "itm_source",
        "itm_medium",
        "itm_campaign",
        "itm_content",
        "at_medium",
        "at_campaign",
        "pk_campaign",
        "pk_kwd",
        "pk_source",
        "pk_medium",
        "vero_id",
        "vero_conv",
        "oly_anon_id",
        "oly_enc_id",
    }
)
HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
INDEX_FILE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
DEFAULT_PORTS = {"http": 80, "https": 443}
USERINFO = re.compile(r"//[^/]*@")
UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")
# What quote() leaves alone in a path: RFC 3986's pchar, "/" and existing escapes.
PATH_SAFE = "/%:@!$&'()*+,;=~-._"


def is_web(url: str) -> bool:
    """Whether `url` is an absolute http or https address with a host."""
    parts = _split(url)
    return (
        parts is not None
        and parts.scheme in DEFAULT_PORTS
        and bool(parts.hostname)
        and not UNSAFE.search(url)
    )


def join(base: str, url: str) -> str:
    """Resolve `url` against `base`; what cannot be resolved comes back as it is."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return url


def strip_tracking(url: str) -> str:
    """Return `url` without the parameters that only say where a reader came from.

    Everything else stays byte for byte, the order of the other parameters too.
    """
    head, mark, fragment = url.partition("#")
    address, question, query = head.partition("?")
    if not question:
        return url
    kept = [part for part in query.split("&") if not _is_tracking(part.split("=")[0])]
    return address + ("?" + "&".join(kept) if kept else "") + mark + fragment


def shown(url: str) -> str:
    """Return what of an address may stand in a message or on a page.

    Passwords go, and the query too: it often carries a key.
    """
    address = url.strip().partition("?")[0].partition("#")[0]
    return USERINFO.sub("//", address)


def canonical(url: str) -> str:
    """Return the identity key of a web address: equal keys are the same page.

    Without scheme, `www.`, `m.` or `amp.`, tracking parameters, fragment, index
    file and trailing slash; the remaining parameters sorted. Empty for what is no
    web address. A key is for comparing, never for following.
    """
    cleaned = url.strip()
    parts = _split(cleaned)
    if parts is None or not is_web(cleaned):
        return ""
    return _host(parts) + _path(parts) + _query(parts)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # checked only when it is asked for
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = quote(host)
    host = HOST_PREFIX.sub("", host)
    if parts.port and parts.port != DEFAULT_PORTS.get(parts.scheme):
        return f"{host}:{parts.port}"
    return host


def _path(parts: SplitResult) -> str:
    path = INDEX_FILE.sub("/", parts.path).rstrip("/")
    quoted = quote(path, safe=PATH_SAFE)
    return re.sub(r"%[0-9a-fA-F]{2}", lambda escape: escape[0].upper(), quoted)


def _query(parts: SplitResult) -> str:
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in pairs if not _is_tracking(pair[0]))
    return "?" + urlencode(kept, errors="surrogateescape") if kept else ""


def _is_tracking(name: str) -> bool:
    lowered = name.lower()
    return lowered in TRACKING or lowered.startswith(TRACKING_PREFIXES)
