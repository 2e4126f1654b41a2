import pytest

from dispatch.sandbox import mailbox as mailboxes
from dispatch.web.inbox import create_inbox
from support.caught import RAW, Mail, Mailbox


@pytest.fixture
def inbox(serve):
    mails = (Mail(2), Mail(1, subject="", html=""))
    return serve(create_inbox(Mailbox(*mails), title="Inbox of The Quad"))


def test_the_list_shows_the_newest_mail_first(inbox, page):
    answer = inbox.get("/")

    assert answer.text.index("/message/2") < answer.text.index("/message/1")
    assert answer.text == page


def test_an_empty_inbox_says_what_to_do(serve):
    inbox = serve(create_inbox(Mailbox(), title="Inbox"))

    assert "No mail yet" in inbox.get("/").text


def test_of_very_many_mails_the_newest_are_listed(serve):
    mails = [Mail(number) for number in range(250)]
    html = serve(create_inbox(Mailbox(*mails), title="Inbox")).get("/").text

    assert "250 mails caught" in html
    assert "50 older ones are not listed" in html


def test_a_mail_is_shown_in_a_frame_that_can_do_nothing(inbox, page):
    answer = inbox.get("/message/2")

    assert answer.text == page
    assert (
        '<iframe class="letter html" title="The mail as HTML" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox" '
        'src="/message/2/html">'
    ) in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_mail_itself_has_its_styles_but_no_scripts(inbox):
    answer = inbox.get("/message/2/html")
    policy = answer.headers["Content-Security-Policy"]

    assert "<h1>Hello</h1>" in answer.text
    assert '<head><base target="_blank">' in answer.text
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("text", "in plain &lt;text&gt;."),
        ("headers", "<dt>Subject</dt><dd>Hello there</dd>"),
        ("headers", "<dt>X-Odd</dt><dd>&lt;b&gt;&amp;</dd>"),
        ("raw", "Subject: Hello\r\n there"),
        ("phone", 'class="letter phone"'),
        ("nonsense", 'class="letter html"'),
    ],
)
def test_a_mail_has_several_views(inbox, view, words):
    html = inbox.get(f"/message/2?view={view}").text

    assert words.replace("\r\n", "\n") in html.replace("\r\n", "\n")


def test_a_mail_without_html_opens_as_text(inbox):
    html = inbox.get("/message/1").text

    assert "in plain &lt;text&gt;." in html
    assert "(no subject)" in html
    assert inbox.get("/message/1/html").status == 404


def test_a_mail_can_be_taken_away_byte_for_byte(inbox):
    answer = inbox.get("/message/2.eml")

    assert answer.body == RAW
    assert answer.headers["Content-Type"] == "message/rfc822"
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/message/9",
        "/message/9.eml",
        "/message/9/html",
        "/message/x",
        "/message/-1",
        "/message/" + "9" * 5000,
    ],
)
def test_a_mail_that_is_not_there_is_not_found(inbox, path):
    assert inbox.get(path).status == 404


def test_it_shows_what_the_real_catcher_keeps(serve, clock):
    mailbox = mailboxes.Mailbox(clock)
    kept = mailbox.keep("b@quad.example", ("alice@example.org",), RAW)
    inbox = serve(create_inbox(mailbox, title="Inbox"))

    assert "Hello there" in inbox.get("/").text
    assert inbox.get(f"/message/{kept.id}.eml").body == RAW
