"""The web: what a publication shows to readers, their programs and its operators.

`site.create_site` makes the public site of an `App`, `site.create_admin` the private
one (metrics), `inbox.create_inbox` the page of the mail catcher, and `server.Server`
answers for any of them. Only this package is asynchronous, and only where Starlette
wants it: every handler that reads the store is an ordinary function in a thread.

GET and HEAD never change anything. No page runs a script, sets a cookie or loads
anything from elsewhere.
"""
