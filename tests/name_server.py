"""A DNS server for tests, on the loopback interface."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]  # (name, type): records


def _answer(question: bytes, zone: Zone) -> bytes:
    query = dns.message.from_wire(question)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    asked = query.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    kind = dns.rdatatype.to_text(asked.rdtype)
    if (name, "FAIL") in zone:
        answer.set_rcode(dns.rcode.SERVFAIL)
        return answer.to_wire()
    records = zone.get((name, kind), ())
    if kind == "TXT":
        records = [_strings(record) for record in records]
    if records:
        answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *records))
    elif not any(known == name for known, _ in zone):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire(max_size=65_535)


def _strings(record: str) -> str:
    """A text record in pieces of at most 255 characters."""
    return " ".join(f'"{record[start : start + 255]}"' for start in range(0, max(len(record), 1), 255))


@contextmanager
def name_server(zone: Zone) -> Iterator[str]:
    """Answer from `zone`; yield the server's address and port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    question, client = listener.recvfrom(65_535)
                except TimeoutError:
                    continue
                listener.sendto(_answer(question, zone), client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            thread.join()
