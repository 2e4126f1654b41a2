"""The picture of a post: the featured one, well sized, with its words."""

from collections.abc import Iterator

from dispatch.collect import captions, lead_image, loose_json
from dispatch.collect.loose_json import Object
from dispatch.model import Image
from dispatch.text import html as markup, plain, urls

WIDEST = 2000  # pixels; a mail shows a third of it
SAME_SHAPE = 0.02  # how far width ÷ height may be off before it is another crop
CAPTION, CREDIT, ALT = 600, 300, 300
CREDITS = ("_media_credit", "media_credit", "_navis_media_credit", "credit")
CREDIT_HOUSES = ("_navis_media_credit_org", "media_credit_org")


def lead(raw: Object, html: str, *, base: str) -> Image | None:
    """Return the featured picture, what plug-ins say of it, or the text's first one."""
    media = loose_json.objects(raw, "_embedded", "wp:featuredmedia")
    named = (*(_featured(one, base) for one in media), _told(raw, base))
    return lead_image.choose(filter(None, named), html, base=base)


def _featured(media: Object, base: str) -> Image | None:
    """Return a media object as a picture; None for an error in its place, or a film."""
    best = max(_sizes(media, base), key=_rank, default=None)
    if best is None:
        return None
    caption, by = _words(media)
    return Image(
        url=best.url,
        media_type=best.media_type,
        width=best.width,
        height=best.height,
        alt=plain.excerpt(plain.squash(loose_json.text(media, "alt_text")), ALT),
        caption=caption,
        credit=by,
    )


def _sizes(media: Object, base: str) -> Iterator[Image]:
    """Yield the picture and its smaller versions, but no crops."""
    details = loose_json.get(media, "media_details")
    whole = _size(details, loose_json.text(media, "source_url"), base)
    if whole is None or loose_json.text(media, "media_type") not in {"", "image"}:
        return
    kind = loose_json.text(media, "mime_type")
    yield Image(whole.url, "", kind, whole.width, whole.height)
    sizes = loose_json.get(details, "sizes")
    for one in sizes.values() if isinstance(sizes, dict) else ():
        found = _size(one, loose_json.text(one, "source_url"), base)
        if found is not None and _same_shape(whole, found):
            yield found


def _size(of: Object | None, url: str, base: str) -> Image | None:
    address = urls.join(base, url) if url else ""
    if not urls.is_web(address):
        return None
    width, height = (
        min(loose_json.number(of, side), 100_000) for side in ("width", "height")
    )
    kind = loose_json.text(of, "mime_type")
    return Image(urls.without_login(address), "", kind, width, height)


def _same_shape(one: Image, other: Image) -> bool:
    if not (one.width and one.height and other.width and other.height):
        return False
    shape = one.width / one.height
    return abs(other.width / other.height - shape) <= SAME_SHAPE * shape


def _rank(one: Image) -> tuple[bool, int]:
    """The widest that is not too wide; where all are, the least wide."""
    fits = one.width <= WIDEST
    return fits, one.width if fits else -one.width


def _words(media: Object) -> tuple[str, str]:
    """Return caption and credit; a caption that ends in a credit is cut in two."""
    caption = plain.squash(
        markup.to_text(loose_json.text(media, "caption", "rendered")[:20_000])
    )
    by = _named(media, CREDITS)
    house = _named(media, CREDIT_HOUSES)
    if by and house and house not in by:
        by = f"{by}/{house}"
    if not by:
        caption, by = captions.parted(caption)
    if not by:
        by = loose_json.text(media, "media_details", "image_meta", "credit")
    return plain.excerpt(caption, CAPTION), plain.excerpt(plain.squash(by), CREDIT)


def _named(media: Object, keys: tuple[str, ...]) -> str:
    values = (loose_json.get(media, "meta", key) for key in keys)
    found = (next(iter(loose_json.texts({"x": one}, "x")), "") for one in values)
    return next((markup.unescape_title(one) for one in found if one), "")


def _told(raw: Object, base: str) -> Image | None:
    """Return the picture that Yoast or Jetpack name, where media are not shown."""
    for one in loose_json.objects(raw, "yoast_head_json", "og_image"):
        if found := _size(one, loose_json.text(one, "url"), base):
            return found
    return _size(None, loose_json.text(raw, "jetpack_featured_media_url"), base)
