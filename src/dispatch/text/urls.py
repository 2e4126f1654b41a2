"""URL rules: what is a web address, what of it is tracking, when two are the same.

Every function takes any text and never raises: addresses come from other people.
"""

import ipaddress
import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit

from dispatch.text import plain

TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_", "__hs")
TRACKING = plain.lexicon(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid li_fat_id "
    "mc_cid mc_eid igshid igsh _hsenc _hsmi hsctatracking mkt_tok ref_src ref_url "
    "s_cid s_kwcid wickedid ml_subscriber ml_subscriber_hash cmpid ncid sr_share spm "
    "_openstat rss_source wt_mc wt.mc_id itm_source itm_medium itm_campaign "
    "itm_content at_medium at_campaign pk_campaign pk_kwd pk_source pk_medium vero_id "
    "vero_conv _branch_match_id _bta_c _bta_tid _ga _gl bsft_clkid bsft_eid "
    "ck_subscriber_id dm_i ef_id epik fb_action_ids fb_action_types fb_ref fb_source "
    "gad_campaignid gad_source guccounter guce_referrer guce_referrer_sig mc_tc "
    "ns_campaign ns_linkname ns_mchannel ns_source piwik_campaign rb_clickid sfmc_id "
    "srsltid trk_contact xtor oly_anon_id oly_enc_id"
)
CC = 2  # letters of a country's domain
SECOND_LEVEL = frozenset(
    {
        *("ac", "co", "com", "edu", "gob", "gov", "gouv", "go", "govt", "gv", "ltd"),
        *("me", "ne", "net", "nom", "or", "org", "plc", "press", "sch"),
    }
)
SHARED_HOSTS = frozenset(
    {
        *("blogspot.com", "github.io", "gitlab.io", "ghost.io", "medium.com"),
        *("netlify.app", "pages.dev", "substack.com", "tumblr.com", "vercel.app"),
        "wordpress.com",
    }
)
HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
INDEX_FILE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
DEFAULT_PORTS = {"http": 80, "https": 443}
LOGIN = re.compile(r"^(\s*https?://)[^/?#]*@", re.IGNORECASE)
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


def strip_tracking(url: str, site: str = "") -> str:
    """Return `url` without the parameters that only say where a reader came from.

    A `ref` goes where it names the host of the address itself, or of `site`, on
    which the link stands. A login goes too: it is nobody's to read. Everything else
    stays byte for byte, the order of the other parameters too.
    """
    url = without_login(url)
    head, mark, fragment = url.partition("#")
    address, question, query = head.partition("?")
    if not question:
        return url
    kept = [
        part
        for part in query.split("&")
        if not _is_tracking(part.split("=")[0]) and not _names(part, url, site)
    ]
    return address + ("?" + "&".join(kept) if kept else "") + mark + fragment


def shown(url: str) -> str:
    """Return what of an address may stand in a message or on a page.

    Passwords go, and the query too: it often carries a key.
    """
    address = url.strip().partition("?")[0].partition("#")[0]
    return USERINFO.sub("//", address)


def without_login(url: str) -> str:
    """Return `url` without the name and the password in it; the rest byte for byte."""
    return LOGIN.sub(r"\1", url, count=1)


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


def is_public(site_url: str) -> bool:
    """Whether the world could reach this site: a name, and no private one."""
    parts = urlsplit(site_url)
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme not in {"http", "https"} or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        private = (".localhost", ".local", ".internal", ".test", ".invalid", ".lan")
        return "." in host and not host.endswith(private)


def is_loopback(host: str) -> bool:
    """Whether a host, or a socket's path, is this machine itself, as far as it tells.

    A name is not looked up; an IPv6 address may stand in brackets.
    """
    if host.startswith("/") or host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def same_host(url: str, other: str) -> bool:
    """Whether two web addresses are on the same host."""
    parts, others = _split(url.strip()), _split(other.strip())
    if parts is None or others is None or not parts.hostname:
        return False
    return parts.hostname == others.hostname and is_web(url.strip())


def same_site(url: str, other: str) -> bool:
    """Whether two web addresses belong to one owner: their registrable domains agree.

    A rule of thumb, not the public suffix list: in doubt they do not agree.
    """
    return bool(site(url)) and site(url) == site(other)


def site(url: str) -> str:
    """Return the registrable domain of a web address; empty for what is none."""
    parts = _split(url.strip())
    if parts is None or not is_web(url.strip()):
        return ""
    host = (parts.hostname or "").rstrip(".").lower()
    labels = host.split(".")
    if host.replace(".", "").isdigit() or ":" in host:
        return host
    shared = ".".join(labels[-2:]) in SHARED_HOSTS
    second = len(labels[-1]) == CC and labels[-2:-1] and labels[-2] in SECOND_LEVEL
    return ".".join(labels[-3 if shared or second else -2 :])


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


def _names(part: str, *sites: str) -> bool:
    """Whether a part of a query is a `ref` to the host of one of the addresses."""
    name, _, host = part.lower().partition("=")
    if name != "ref" or not host:
        return False
    split = filter(None, map(_split, sites))
    return HOST_PREFIX.sub("", host) in {_host(one) for one in split}
