"""The pages in a real browser: no script, no violation, no sideways scrolling."""

import pytest
from playwright.sync_api import sync_playwright

from dispatch.actions.feeds.publish import publish
from dispatch.model import SubscriptionState
from dispatch.store import articles, subscribers
from dispatch.web.inbox import create_inbox
from support import web
from support.caught import Mail, Mailbox

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 1280)


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield running
        running.close()


@pytest.fixture
def addresses(app, site, serve):
    """The address of every kind of page."""
    publish(app.store, app.settings, clock=app.clock)
    with app.store.read() as tx:
        stories = articles.recent(tx, 50)
    web.add_entries(app.store, stories)
    issue = web.add_issue(app.store, 2, subject="Rowing club wins, and five more")
    number = web.subscribe(app, "a.very.long.name@a-rather-long-domain.example")
    tokens = {
        name: app.tokens.make(name, number)
        for name in ("confirm", "unsubscribe", "preferences")
    }
    inbox = serve(create_inbox(Mailbox(Mail(1)), title="Inbox of The Quad"))
    return [
        *(f"{site.url}{path}" for path in ("/", "/feeds/", "/archive/", "/subscribe")),
        f"{site.url}/feeds/all/",
        f"{site.url}/archive/{issue}",
        *(f"{site.url}/archive/articles/{story.id}" for story in stories[:4]),
        *(f"{site.url}/{name}/{token}" for name, token in tokens.items()),
        f"{inbox.url}/",
        f"{inbox.url}/message/1",
        f"{inbox.url}/message/1?view=raw",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_keeps_its_own_rules(browser, addresses, scheme):
    context = browser.new_context(color_scheme=scheme)
    tab = context.new_page()
    said, asked = [], set()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.add(request.url))
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 800})
        for address in addresses:
            tab.goto(address)
            wide = tab.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{address} is {wide} wide in {width}"
    context.close()

    assert said == []
    assert all(url.startswith("http://127.0.0.1:") for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(browser, addresses, scheme):
    context = browser.new_context(color_scheme=scheme)
    tab = context.new_page()
    for address in addresses:
        tab.goto(address)
        assert tab.evaluate(CONTRASTS) == [], address
    context.close()


def test_the_form_works_without_javascript(browser, app, site):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site.url}/")
    tab.get_by_label("Your email address").fill("alice@example.org")
    tab.get_by_role("button", name="Subscribe").click()

    assert tab.get_by_role("heading", level=1).inner_text() == (
        "Please look into your mailbox"
    )
    with app.store.read() as tx:
        number = subscribers.standing_of(tx, "alice@example.org", "daily").subscription
    tab.goto(f"{site.url}/confirm/{app.tokens.make('confirm', number.id)}")
    tab.get_by_role("button", name="Yes, subscribe me").click()
    assert web.standing(app, number.id).state is SubscriptionState.ACTIVE
    tab.get_by_role("link", name="Choose topics, how often, and format").click()
    tab.get_by_label("Once a week").check()
    tab.get_by_label("Plain text only").check()
    tab.get_by_role("button", name="Save").click()
    saved = web.standing(app, number.id)
    assert (saved.format, saved.cadence) == ("text", "weekly")
    tab.get_by_role("link", name="Unsubscribe").click()
    tab.get_by_role("button", name="Unsubscribe").click()
    assert web.standing(app, number.id).state is SubscriptionState.UNSUBSCRIBED
    context.close()


def test_a_script_in_a_caught_mail_does_not_run(browser, serve):
    evil = '<html><head></head><body><script>document.title = "ran"</script></body>'
    mailbox = Mailbox(Mail(1, html=evil))
    inbox = serve(create_inbox(mailbox, title="Inbox of The Quad"))
    tab = browser.new_page()
    titles = []
    for path in ("/message/1", "/message/1/html"):
        tab.goto(f"{inbox.url}{path}")
        titles += [frame.title() for frame in tab.frames]
    tab.close()

    assert "ran" not in titles


def test_the_first_stop_of_the_keyboard_skips_to_the_text(browser, site):
    tab = browser.new_page()
    tab.goto(f"{site.url}/feeds/")
    tab.keyboard.press("Tab")

    focused = tab.evaluate("document.activeElement.textContent")
    visible = tab.locator(".skip").bounding_box()["x"] >= 0
    tab.close()

    assert (focused, visible) == ("Skip to the text", True)


# Every element with text of its own whose colour is less than 4.5:1 on the first
# opaque ground below it.
CONTRASTS = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => [r, g, b]
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
    if (!own || e.closest('.trap, .skip')) continue;
    const a = lum(parse(getComputedStyle(e).color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
  }
  return bad;
}"""
