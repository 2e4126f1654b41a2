"""Deliver: frozen bytes and an address in, a `Reply` out; a reply in, an `Outcome` out.

`session` (the one file with sockets) connects by the standard library; `login` says
who is told the password; `transaction` speaks one message over it and asks before it
sends the final dot; `reply` reads what servers say and whose fault it is; `retry`
decides what becomes of a delivery; `pace` keeps a rate. What comes back later is read
by `bounce` (`report_parts` takes it apart, `free_text` knows old dialects), and `blame`
says why it came back. May import model, errors and text. Must not know the store, the
config or the wall clock: who gets what, and when, is the action's business.
"""
