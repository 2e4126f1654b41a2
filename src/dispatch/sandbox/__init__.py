"""The mail catcher: a real SMTP server on loopback in, an inbox of `Caught` out.

While a site is not live, every mail ends here. `mailbox` keeps and parses what came;
`catcher` is the server. May import model, errors and smtpd. Must not know the store,
the stages or the config: it is the world's mail server, and treats us like anybody.
"""
