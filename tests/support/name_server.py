"""A real name server on loopback (UDP) that has the records a test gives it."""

import socket
import threading
from collections import Counter

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from dispatch.http.lookup import NameService


class NameServer:
    """`server["name", "TXT"] = [...]`; `silent` names are never answered.

    Values are as a zone file has them. `asked` counts what came in.
    """

    def __init__(self):
        self.records = {}
        self.silent = set()
        self.failing = set()
        self.asked = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)

    def __setitem__(self, key, values):
        name, kind = key
        self.records[name.lower().rstrip("."), kind] = values

    def txt(self, name, *texts):
        """Publish TXT records, long ones in pieces."""
        pieces = [
            [t[n : n + 255] for n in range(0, max(len(t), 1), 255)] for t in texts
        ]
        self[name, "TXT"] = [" ".join(f'"{one}"' for one in some) for some in pieces]

    @property
    def lookup(self):
        port = self._socket.getsockname()[1]
        return NameService(servers=("127.0.0.1",), port=port, seconds=5)

    def impatient(self, seconds):
        port = self._socket.getsockname()[1]
        return NameService(servers=("127.0.0.1",), port=port, seconds=seconds)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _run(self):
        while True:
            wire, client = self._socket.recvfrom(65_535)
            if not wire:
                return
            answer = self._answer(dns.message.from_wire(wire))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), client)

    def _answer(self, query):
        (question,) = query.question
        name = question.name.to_text().rstrip(".").lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        if name in self.silent:
            return None
        answer = dns.message.make_response(query, recursion_available=True)
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.records.get((name, kind)):
            answer.answer.append(
                dns.rrset.from_text(question.name, 60, "IN", kind, *values)
            )
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
