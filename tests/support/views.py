"""A mail's HTML as the mail programs of the world show it, in Chromium.

A view is what happens to the page before it is looked at, and how wide, dark and
large it is shown. `tools/pictures.py` makes a picture of each.
"""

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lxml import html as lxml_html
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parents[2] / "articles" / "arts" / "lantern-parade.jpg"
STYLES = re.compile(r"<style\b.*?</style>", re.DOTALL)
FOR_WORD = re.compile(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", re.DOTALL)

# What Outlook's Word engine leaves out (caniemail.com): of any element, and of all
# but a table's cell.
NOT_IN_WORD = {"border-radius", "opacity", "max-height", "overflow", "word-break"}
NOT_IN_WORD |= {"letter-spacing", "-webkit-text-size-adjust"}
ONLY_OF_CELLS = {"padding", "padding-top", "padding-bottom", "width", "height"}


@dataclass(frozen=True)
class View:
    name: str
    width: int = 700
    dark: bool = False
    pictures: bool = True
    large: bool = False  # text at 200 %
    inverted: bool = False  # as programs do that make a mail dark by themselves
    change: Callable[[str], str] = str


def unstyled(page):
    """As Gmail shows it to other people's accounts: every <style> is deleted."""
    return STYLES.sub("", page)


def in_word(page):
    """As Outlook's Word engine: its comments count, half of the CSS does not."""
    root = lxml_html.document_fromstring(unstyled(FOR_WORD.sub(r"\1", page)))
    for element in root.iter("*"):
        if element.get("style"):
            element.set("style", "; ".join(_known_to_word(element)))
    return "<!DOCTYPE html>" + lxml_html.tostring(root, encoding="unicode")


def _known_to_word(element):
    for declaration in element.get("style").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in NOT_IN_WORD or (name == "display" and value != "none"):
            continue
        if name == "max-width" and element.tag != "table":
            continue
        if name in ONLY_OF_CELLS and element.tag not in {"td", "table"}:
            continue
        if name:
            yield f"{name}: {value}"


VIEWS = (
    View("light"),
    View("dark", dark=True),
    View("narrow-320", width=320),
    View("narrow-360", width=360),
    View("narrow-414", width=414, dark=True),
    View("no-pictures", pictures=False),
    View("large-text", large=True),
    View("large-text-360", width=360, large=True),
    View("unstyled", change=unstyled),
    View("unstyled-360", width=360, change=unstyled),
    View("word", change=in_word),
    View("inverted", inverted=True),
)


class Screen:
    """A browser that shows mails and asks the network for nothing."""

    def __init__(self, browser):
        self._browser = browser

    @contextmanager
    def show(self, page, view):
        """Yield the tab in which `view` of `page` stands."""
        context = self._browser.new_context(
            viewport={"width": view.width, "height": 900},
            color_scheme="dark" if view.dark else "light",
            java_script_enabled=True,
        )
        try:
            tab = context.new_page()
            tab.route("**/*", lambda route: _answer(route, pictures=view.pictures))
            tab.set_content(view.change(page), wait_until="load")
            if view.large:
                tab.evaluate(TWICE)
            if view.inverted:
                tab.evaluate(INVERT)
            yield tab
        finally:
            context.close()


@contextmanager
def screen(chromium):
    """Yield a screen that Chromium at the path `chromium` paints."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield Screen(browser)
        finally:
            browser.close()


def _answer(route, *, pictures):
    if pictures and route.request.resource_type == "image":
        route.fulfill(body=PICTURE.read_bytes(), content_type="image/jpeg")
    else:
        route.abort()


# The sizes are read first: a child's may follow its parent's.
TWICE = """() => {
  const all = [...document.querySelectorAll('body *')].map(e => {
    const s = getComputedStyle(e);
    return [e, parseFloat(s.fontSize) * 2, parseFloat(s.lineHeight) * 2];
  });
  for (const [e, size, line] of all) {
    e.style.setProperty('font-size', size + 'px', 'important');
    if (line) e.style.setProperty('line-height', line + 'px', 'important');
  }
}"""
INVERT = """() => {
  document.documentElement.style.filter = 'invert(1) hue-rotate(180deg)';
  document.documentElement.style.background = '#fff';
  for (const e of document.querySelectorAll('img'))
    e.style.filter = 'invert(1) hue-rotate(180deg)';
}"""

# Every element with text of its own whose colour is less than 4.5:1 on the first
# opaque ground below it; "inverted": as programs show it that turn colours around.
CONTRASTS = """(mode) => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const turned = ([r, g, b]) => {
    [r, g, b] = [255 - r, 255 - g, 255 - b];
    return [
      -0.574 * r + 1.43 * g + 0.144 * b,
      0.426 * r + 0.43 * g + 0.144 * b,
      0.426 * r + 1.43 * g - 0.856 * b,
    ].map(v => Math.min(255, Math.max(0, v)));
  };
  const lum = c => (mode === 'inverted' ? turned(c) : c.slice(0, 3))
    .map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.offsetParent) continue;
    const a = lum(parse(getComputedStyle(e).color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
  }
  return bad;
}"""
