"""The headers of a finished message, changed without parsing and serialising the rest of it."""

from datetime import datetime

from digest.emails import date_header, text_header

_END_OF_HEADERS = b"\r\n\r\n"
_END_OF_LINE = b"\r\n"


def mark_as_test(message: bytes, mark: str, subject: str) -> bytes:
    """Return a message with `mark` before its subject, and a Message-ID of its own.

    Mailboxes drop a second message with the same Message-ID, so a test would keep the real one from its reader.
    """
    marked = replace_header(message, "Subject", text_header("Subject", mark + subject))
    identifier = header(marked, "Message-ID")
    return replace_header(marked, "Message-ID", f"Message-ID: {identifier.replace('<', '<test.', 1)}")


def dated(message: bytes, moment: datetime) -> bytes:
    """Return a message with the moment at which it is sent as its `Date`.

    A date that lies hours in the past is a sign of spam (SpamAssassin, DATE_IN_PAST_03_06 and the like).
    """
    return replace_header(message, "Date", date_header(moment))


def header(message: bytes, name: str) -> str:
    """Return the value of a header as it stands in a message, unfolded; empty when there is none."""
    for line in _header_lines(message):
        if _is_named(line, name):
            value = line.partition(b":")[2].replace(_END_OF_LINE, b"")
            return value.decode("ascii", "replace").strip()
    return ""


def replace_header(message: bytes, name: str, line: str) -> bytes:
    """Return a message with `line`, a whole header as of `digest.emails`, in the place of the header `name`."""
    _, end, body = message.partition(_END_OF_HEADERS)
    lines = [line.encode("ascii") if _is_named(each, name) else each for each in _header_lines(message)]
    return _END_OF_LINE.join(lines) + end + body


def _header_lines(message: bytes) -> list[bytes]:
    """Return the headers of a message, each with its folded lines."""
    lines: list[bytes] = []
    for line in message.partition(_END_OF_HEADERS)[0].split(_END_OF_LINE):
        if line.startswith((b" ", b"\t")) and lines:
            lines[-1] += _END_OF_LINE + line
        else:
            lines.append(line)
    return lines


def _is_named(line: bytes, name: str) -> bool:
    return line.partition(b":")[0].lower() == name.lower().encode()
