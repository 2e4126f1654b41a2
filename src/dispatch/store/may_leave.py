"""Whether a delivery may still be sent: the same words for the claim and the intent."""

# Why a delivery must not go out; empty when it may. An issue and its correction need
# an active subscription and no suppression whatever. Mail that somebody just asked for
# (confirm, welcome, goodbye) passes their own old opt-out or erasure, but never a
# bounced address, a complaint or the operator's word.
REASON = """
  CASE WHEN gone.reason IS NOT NULL
            AND (m.kind IN ('issue', 'correction')
                 OR gone.reason NOT IN ('unsubscribed', 'erased'))
       THEN 'suppressed'
       WHEN m.kind NOT IN ('issue', 'correction') THEN ''
       WHEN m.kind = 'issue' AND i.state = 'cancelled' THEN 'cancelled'
       WHEN u.state = 'active' THEN ''
       WHEN u.state IN ('paused', 'suspended') THEN u.state
       ELSE 'unsubscribed' END
"""

# A late refusal may bring back a message that was replaced since: it must not go.
REPLACED = """
  CASE WHEN m.kind <> 'issue' OR i.replaced = 0 THEN 0
       WHEN d.body IN (SELECT v.body FROM variant v
                        WHERE v.issue = i.id AND v.revision >= i.replaced) THEN 0
       ELSE 1 END
"""

AROUND = """
  JOIN mailing m ON m.id = d.mailing
  LEFT JOIN issue i ON i.id = m.issue
  LEFT JOIN subscription u ON u.id = d.subscription
  LEFT JOIN suppression gone ON gone.mailbox_hash = d.mailbox_hash
"""
