"""A real name server on loopback that has the records a test gives it.

What is too long for UDP is cut there, and whole over TCP, as everywhere.
"""

import socket
import threading
from collections import Counter

import dns.exception
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
        self._socket, self._tcp = _of_one_port()
        self._threads = [
            threading.Thread(target=one) for one in (self._run, self._run_tcp)
        ]

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
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._socket.sendto(b"", self._socket.getsockname())
        socket.create_connection(self._tcp.getsockname()).close()
        for thread in self._threads:
            thread.join()
        self._socket.close()
        self._tcp.close()

    def _run(self):
        while True:
            wire, client = self._socket.recvfrom(65_535)
            if not wire:
                return
            answer = self._answer(dns.message.from_wire(wire))
            if answer is not None:
                self._socket.sendto(_short(answer), client)

    def _run_tcp(self):
        while True:
            opened, _ = self._tcp.accept()
            with opened, opened.makefile("rwb") as stream:
                size = int.from_bytes(stream.read(2), "big")
                if not size:
                    return
                self.asked["tcp"] += 1
                answer = self._answer(dns.message.from_wire(stream.read(size)))
                wire = answer.to_wire(max_size=65_535)
                stream.write(len(wire).to_bytes(2, "big") + wire)

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


def _of_one_port():
    """Return sockets for UDP and TCP; a port that is free for one may be taken."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            tcp.close()
            udp.close()
        else:
            return udp, tcp


def _short(answer):
    """Return an answer for UDP: without its records, and cut, where they do not fit."""
    try:
        return answer.to_wire()
    except dns.exception.TooBig:
        answer.answer.clear()
        answer.flags |= dns.flags.TC
        return answer.to_wire()
