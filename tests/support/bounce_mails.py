"""Mails that come back, shaped as real servers shape them; addresses of nobody.

TOKEN stands where our return path, Message-ID or X-Dispatch-Delivery would be.
"""

from dataclasses import dataclass

TOKEN = "tokentokentokentokentoken"
READER = "ada@example.net"


@dataclass(frozen=True)
class Sample:
    raw: bytes
    kind: str  # ReportKind
    blame: str = ""  # BounceClass, where it is a failure
    weight: int = 1
    enhanced: str = ""
    marked: bool = True


def copy(token=TOKEN, reader=READER):
    """The header of our own mail, as reports give it back."""
    return f"""Return-Path: <news+{token}@example.org>
Message-ID: <issue@example.org>
X-Dispatch-Delivery: {token}
From: The Daily <news@example.org>
To: {reader}
Subject: Today: a new mural at the library
"""


def dsn(
    diagnostic,
    status,
    *,
    action="failed",
    reader=READER,
    mta="mx.example.net",
    of="MAILER-DAEMON@mx.example.net (Mail Delivery System)",
    subject="Undelivered Mail Returned to Sender",
    token=TOKEN,
    to="",
    variety="delivery-status",
    extra="",
    returned="message/rfc822",
):
    """A report as Postfix and most others write it."""
    to = to or f"news+{token}@example.org"
    return f"""Return-Path: <>
From: {of}
To: {to}
Subject: {subject}
Date: Mon, 2 Mar 2026 08:00:00 +0000 (UTC)
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={variety}; boundary="=_b/1"

This is a MIME-encapsulated message.

--=_b/1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host {mta}.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{reader}>: host mx.example.net said: {diagnostic}

--=_b/1
Content-Description: Delivery report
Content-Type: message/{variety}

Reporting-MTA: dns; {mta}
X-Postfix-Queue-ID: 4Qx8
Arrival-Date: Mon, 2 Mar 2026 07:59:00 +0000 (UTC)
{extra}
Final-Recipient: rfc822; {reader}
Original-Recipient: rfc822;{reader}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; {diagnostic}

--=_b/1
Content-Description: Undelivered Message
Content-Type: {returned}

{copy(token, reader)}
--=_b/1--
""".encode()


def arf(kind="abuse", token=TOKEN):
    return f"""From: <abusedesk@example.com>
To: <fbl@example.org>
Subject: FW: Today: a new mural at the library
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message received on 2 March 2026.

--part1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <news+{token}@example.org>
Original-Rcpt-To: <{READER}>
Reported-Domain: example.org

--part1
Content-Type: message/rfc822
Content-Disposition: inline

{copy(token)}
Good morning.
--part1--
""".encode()


def away(subject="Out of Office: Today", extra="Auto-Submitted: auto-replied\n"):
    return f"""From: Ada <{READER}>
To: news+{TOKEN}@example.org
Subject: {subject}
{extra}Content-Type: text/plain

I am away until the 9th. 550 people asked me already.
""".encode()


EXIM = f"""Return-path: <>
X-Failed-Recipients: {READER}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.example.net>
To: news+{TOKEN}@example.org
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {READER}
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

{copy()}
We wrote about spam, SPF and Spamhaus today.
""".encode()

QMAIL = f"""Return-Path: <>
From: MAILER-DAEMON@example.net
To: news+{TOKEN}@example.org
Subject: failure notice

Hi. This is the qmail-send program at example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{READER}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{copy()}
""".encode()

QMAIL_QUOTA = QMAIL.replace(
    b"Sorry, no mailbox here by that name. (#5.1.1)",
    b"The users mailfolder is over the allowed quota (size). (#5.2.2)",
)

EXCHANGE = dsn(
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address",
    "5.1.10",
    mta="AM0PR01MB1234.eurprd01.prod.exchangelabs.com",
    of="Microsoft Outlook <postmaster@example.net>",
    subject="Undeliverable: Today",
)

EAI = dsn(
    "550 5.1.1 <ådam@exämple.net>: user unknown",
    "5.1.1",
    variety="global-delivery-status",
    returned="message/global",
)

NESTED = (
    f"""From: postmaster@relay.example.net
To: news+{TOKEN}@example.org
Subject: Fwd: failure
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
""".encode()
    + dsn("550 5.1.1 user unknown", "5.1.1").partition(b"MIME-Version: 1.0\n")[2]
    + b"--outer--\n"
)

# Our mail was itself a report that somebody bounced: only the outer one counts.
BOUNCE_OF_A_BOUNCE = dsn("550 5.2.2 mailbox full", "5.2.2").replace(
    b"\nReturn-Path: <news+",
    b"\nContent-Type: message/delivery-status\nReturn-Path: <n+",
)

BASE64_STATUS = dsn("550 5.1.1 no such user here", "5.1.1")

BARE = f"""From: Mail Delivery Subsystem <mailer-daemon@old.example.net>
To: news+{TOKEN}@example.org
Subject: Returned mail: see transcript for details

   ----- The following addresses had permanent fatal errors -----
<{READER}>
    (reason: 550 5.1.1 <{READER}>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.example.net.:
>>> DATA
<<< 550 5.1.1 <{READER}>... User unknown
""".encode()

PERSON = f"""From: Ada <{READER}>
To: news+{TOKEN}@example.org
Subject: Re: Today: a new mural at the library

Lovely piece! My cousin at 550 Main Street says it was blocked by spam filters.
""".encode()

SAMPLES = {
    "postfix: user unknown": Sample(
        dsn(
            "550 5.1.1 <ada@example.net>: Recipient address rejected: User unknown"
            " in virtual mailbox table",
            "5.1.1",
        ),
        "failed",
        "dead",
        1,
        "5.1.1",
    ),
    "postfix: domain not found": Sample(
        dsn(
            "Host or domain name not found. Name service error for name=example.net"
            " type=A: Host not found",
            "5.4.4",
        ),
        "failed",
        "dead",
        1,
        "5.4.4",
    ),
    "null MX": Sample(
        dsn("556 5.1.10 Domain example.net does not accept mail (nullMX)", "5.1.10"),
        "failed",
        "dead",
        2,
        "5.1.10",
    ),
    "bad destination system": Sample(
        dsn("550 5.1.2 bad destination system address", "5.1.2"),
        "failed",
        "dead",
        2,
        "5.1.2",
    ),
    "exim: free text": Sample(EXIM, "failed", "dead"),
    "qmail: free text": Sample(QMAIL, "failed", "dead", 1, "5.1.1"),
    "qmail: quota": Sample(QMAIL_QUOTA, "failed", "full", 1, "5.2.2"),
    "sendmail: no report": Sample(BARE, "failed", "dead", 1, "5.1.1"),
    "exchange: recipient not found": Sample(EXCHANGE, "failed", "dead", 1, "5.1.10"),
    "outlook.com: dead mailbox says 5.5.0": Sample(
        dsn(
            "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)",
            "5.5.0",
        ),
        "failed",
        "dead",
        1,
        "5.5.0",
    ),
    "outlook.com: sender not authenticated": Sample(
        dsn(
            "550 5.7.515 Access denied, sending domain EXAMPLE.ORG does not meet the"
            " required authentication level",
            "5.7.515",
        ),
        "failed",
        "sender",
        1,
        "5.7.515",
    ),
    "gmail: no such user": Sample(
        dsn(
            "550-5.1.1 The email account that you tried to reach does not exist."
            " Please try double-checking the address",
            "5.1.1",
        ),
        "failed",
        "dead",
        1,
        "5.1.1",
    ),
    "gmail: unauthenticated": Sample(
        dsn(
            "550-5.7.26 Your email has been blocked because the sender is"
            " unauthenticated. Gmail requires all senders to authenticate",
            "5.7.26",
        ),
        "failed",
        "sender",
        1,
        "5.7.26",
    ),
    "gmail: quota": Sample(
        dsn("452-4.2.2 The recipient's inbox is out of storage space", "4.2.2"),
        "failed",
        "full",
        1,
        "4.2.2",
    ),
    "yahoo: deferred for reputation": Sample(
        dsn(
            "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to"
            " unexpected volume or user complaints",
            "4.7.0",
        ),
        "failed",
        "sender",
        1,
        "4.7.0",
    ),
    "yahoo: no account, policy-free text": Sample(
        dsn(
            "554 delivery error: dd This user doesn't have a yahoo.com account", "5.0.0"
        ),
        "failed",
        "dead",
        1,
        "5.0.0",
    ),
    "block list under a vague code": Sample(
        dsn(
            "554 5.0.0 Service unavailable; Client host [192.0.2.1] blocked using"
            " zen.spamhaus.org",
            "5.0.0",
        ),
        "failed",
        "sender",
        1,
        "5.0.0",
    ),
    "spam verdict that says user unknown": Sample(
        dsn("550 5.1.1 user unknown; message looks like spam", "5.1.1"),
        "failed",
        "sender",
        1,
        "5.1.1",
    ),
    "relay denied": Sample(
        dsn("554 5.7.1 <ada@example.net>: Relay access denied", "5.7.1"),
        "failed",
        "sender",
        1,
        "5.7.1",
    ),
    "over quota": Sample(
        dsn("552 5.2.2 Over quota", "5.2.2"), "failed", "full", 1, "5.2.2"
    ),
    "class mismatch: the milder is believed": Sample(
        dsn("450 4.2.1 mailbox busy", "5.2.1"), "failed", "full", 1, "4.2.1"
    ),
    "greylisted for too long": Sample(
        dsn("450 4.7.1 Greylisted, see http://example.net/grey", "4.7.1"),
        "failed",
        "full",
        1,
        "4.7.1",
    ),
    "greylist delay": Sample(
        dsn(
            "450 4.7.1 Greylisting in action, please try later",
            "4.7.1",
            action="delayed",
            subject="Delayed Mail (still being retried)",
        ),
        "delayed",
        "full",
        1,
        "4.7.1",
    ),
    "timeout delay": Sample(
        dsn(
            "connect to mx.example.net[192.0.2.7]:25: Connection timed out",
            "4.4.1",
            action="delayed",
        ),
        "delayed",
        "full",
        1,
        "4.4.1",
    ),
    "too large": Sample(
        dsn("552 5.3.4 Message size exceeds fixed limit", "5.3.4"),
        "failed",
        "message",
        1,
        "5.3.4",
    ),
    "malformed": Sample(
        dsn("550 5.6.0 Lone CR or LF in body (see RFC 2822 section 2.3)", "5.6.0"),
        "failed",
        "message",
        1,
        "5.6.0",
    ),
    "success": Sample(
        dsn("250 2.1.5 OK", "2.1.5", action="delivered"), "delivered", marked=True
    ),
    "relayed": Sample(dsn("250 ok", "2.0.0", action="relayed"), "delivered"),
    "EAI report": Sample(EAI, "failed", "dead", 1, "5.1.1"),
    "nested report": Sample(NESTED, "failed", "dead", 1, "5.1.1"),
    "bounce of a bounce": Sample(BOUNCE_OF_A_BOUNCE, "failed", "full", 1, "5.2.2"),
    "truncated": Sample(
        dsn("550 5.1.1 user unknown", "5.1.1").partition(b"--=_b/1\nContent-Descr")[0]
        + b"--=_b/1\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; mx\n\n"
        b"Action: failed\nStatus: 5.1.1\n",
        "failed",
        "dead",
        1,
        "5.1.1",
    ),
    "carriage returns": Sample(
        dsn("550 5.1.1 user unknown", "5.1.1").replace(b"\n", b"\r\n"),
        "failed",
        "dead",
        1,
        "5.1.1",
    ),
    "no words at all": Sample(dsn("", "5.0.0"), "failed", "full", 1, "5.0.0"),
    "vacation": Sample(away(), "auto_reply"),
    "vacation without headers": Sample(
        away("Automatic reply: Today", ""), "auto_reply"
    ),
    "vacation with the old header": Sample(
        away("Re: Today", "X-Autoreply: yes\nPrecedence: bulk\n"), "auto_reply"
    ),
    "read receipt": Sample(
        dsn("", "2.0.0", of=READER, variety="disposition-notification"), "auto_reply"
    ),
    "ARF complaint": Sample(arf(), "complaint"),
    "ARF opt-out": Sample(arf("opt-out"), "complaint"),
    "ARF not-spam": Sample(arf("not-spam"), "other"),
    "ARF about authentication": Sample(arf("auth-failure"), "other"),
    "a person's answer": Sample(PERSON, "other"),
    "nothing": Sample(b"", "other", marked=False),
}
