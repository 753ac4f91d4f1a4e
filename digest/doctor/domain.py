"""The sender's domain: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 9989), and whether they align."""

import base64
import binascii
from collections.abc import Iterator, Sequence

from msgspec import Struct

from digest.doctor.dns import Lookup, LookupFailedError
from digest.doctor.finding import Finding, error, ok, unknown, warning

USUAL_SELECTORS = (
    *("default", "dkim", "mail", "smtp", "google", "selector1", "selector2", "s1", "s2", "k1", "k2", "k3", "key1"),
    *("mandrill", "mailjet", "sib", "brevo1", "brevo2", "resend", "pm", "mg", "mx", "zoho", "fm1", "fm2", "fm3"),
    *("protonmail", "protonmail2", "protonmail3", "sig1", "mta", "email", "cm", "krs", "ses", "kit", "dkim1"),
)
_POLICIES = ("none", "quarantine", "reject")
_MOST_LOOKUPS = 10  # RFC 7208 section 4.6.4
_LOOKING = ("include:", "a:", "mx:", "exists:", "redirect=")
_LONGEST_WALK = 8  # labels (RFC 9989 section 4.10)
_SHORTEST_RSA = 200  # bytes of a public key of 1,024 bits are 162, of 2,048 bits 294


class Policy(Struct, frozen=True):
    """A DMARC record: where it stands, and its tags."""

    domain: str
    tags: dict[str, str]


def examine_domain(
    domain: str, envelope_domain: str, lookup: Lookup, selectors: Sequence[str] = ()
) -> Iterator[Finding]:
    """Yield what there is to say of the domain of the sender and of that of the envelope."""
    try:
        yield from _spf(envelope_domain, lookup)
        yield from _dkim(domain, lookup, selectors)
        policies = list(_policies(domain, lookup))
        yield from _dmarc(domain, policies, organisation(domain, lookup))
        yield from _alignment(domain, envelope_domain, lookup)
    except LookupFailedError as failure:
        yield unknown("DNS", str(failure), "look again in some minutes, or name a server with --nameserver")


def _spf(domain: str, lookup: Lookup) -> Iterator[Finding]:
    records = [text for text in lookup.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        advice = f'write into DNS: {domain} TXT "v=spf1 include:YOUR-MAIL-SERVICE -all" (its pages say which)'
        yield error("SPF", f"{domain} has no SPF record, which Gmail, Yahoo and Outlook.com demand", advice)
        return
    if len(records) > 1:
        yield error("SPF", f"{domain} has {len(records)} SPF records, which count as none", "join them into one")
        return
    words = records[0].lower().split()
    questions = _count_lookups(domain, lookup, frozenset())
    if questions > _MOST_LOOKUPS:
        advice = "take out what is not needed any more, or write ip4: and ip6: instead of include:"
        yield error(
            "SPF", f"{domain} needs {questions} questions to DNS; from {_MOST_LOOKUPS + 1} on SPF fails", advice
        )
    elif {"+all", "all"} & set(words):
        yield error("SPF", f"{domain} lets everybody send in its name", "end the record with -all")
    else:
        yield ok("SPF", f"{domain}: {records[0]}")


def _count_lookups(domain: str, lookup: Lookup, seen: frozenset[str]) -> int:
    """Return how many questions an SPF record leads to, those of included records with it."""
    records = [text for text in lookup.texts(domain) if text.lower().startswith("v=spf1")]
    words = [word.lstrip("+-~?") for text in records[:1] for word in text.lower().split()]
    own = sum(map(_asks, words))
    if own + len(seen) > _MOST_LOOKUPS:
        return own
    inner = {name for name in map(_included, words) if name} - seen - {domain}
    return own + sum(_count_lookups(name, lookup, seen | inner | {domain}) for name in sorted(inner))


def _asks(word: str) -> bool:
    """Return whether a word of an SPF record asks DNS."""
    return word in ("a", "mx", "ptr") or word.startswith(_LOOKING)


def _included(word: str) -> str:
    """Return the domain whose SPF record a word takes in; empty for any other word, and for one with macros."""
    for mark in ("include:", "redirect="):
        if word.startswith(mark) and "%" not in word:
            return word.removeprefix(mark)
    return ""


def _dkim(domain: str, lookup: Lookup, selectors: Sequence[str]) -> Iterator[Finding]:
    found = False
    for selector in selectors or USUAL_SELECTORS:
        for record in lookup.texts(f"{selector}._domainkey.{domain}"):
            tags = _tags(record)
            if "p" in tags:
                found = True
                yield _key(domain, selector, tags)
    if found:
        return
    if selectors:
        advice = f"write the record that your mail service shows into DNS: {selectors[0]}._domainkey.{domain} TXT …"
        yield error("DKIM", f"{domain} has no key under {', '.join(selectors)}", advice)
    else:
        advice = "name your service's selector with --selector; it stands as s= in DKIM-Signature of any mail it sent"
        yield unknown("DKIM", f"{domain} has no key under the usual selectors", advice)


def _key(domain: str, selector: str, tags: dict[str, str]) -> Finding:
    place = f"{selector}._domainkey.{domain}"
    text = "".join(tags["p"].split())
    if not text:
        return error("DKIM", f"the key {place} is revoked", "have your mail service show a new record")
    try:
        length = len(base64.b64decode(text, validate=True))
    except binascii.Error:
        return error("DKIM", f"the key {place} is cut off or damaged", "write the whole record again")
    if tags.get("k", "rsa") == "rsa" and length < _SHORTEST_RSA:
        return warning("DKIM", f"the key {place} has less than 2,048 bits", "have your mail service make a longer one")
    return ok("DKIM", f"there is a key at {place}")


def _policies(domain: str, lookup: Lookup) -> Iterator[Policy]:
    """Yield the DMARC records that a walk up the tree finds, the domain's own first (RFC 9989 section 4.10)."""
    for name in _walk(domain):
        records = [text for text in lookup.texts(f"_dmarc.{name}") if _tags(text).get("v") == "DMARC1"]
        if len(records) == 1:
            policy = Policy(name, _tags(records[0]))
            yield policy
            if policy.tags.get("psd") in ("y", "n"):
                return
        elif records:
            yield Policy(name, {"records": str(len(records))})


def _walk(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    if len(labels) > _LONGEST_WALK:
        labels = labels[-_LONGEST_WALK:]
    for start in range(1, len(labels)):
        yield ".".join(labels[start:])


def organisation(domain: str, lookup: Lookup) -> str:
    """Return the organisational domain of a domain, by the walk up the tree (RFC 9989 section 4.10.2)."""
    policies = list(_policies(domain, lookup))
    for policy in policies:
        if policy.tags.get("psd") == "n":
            return policy.domain
        if policy.tags.get("psd") == "y" and policy.domain != domain:
            below = len(policy.domain.split(".")) + 1
            return ".".join(domain.split(".")[-below:])
    return policies[-1].domain if policies else domain


def _dmarc(domain: str, policies: Sequence[Policy], organisation: str) -> Iterator[Finding]:
    if not policies:
        advice = f'write into DNS: _dmarc.{domain} TXT "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"'
        yield error("DMARC", f"{domain} has no DMARC record, which Gmail, Yahoo and Outlook.com demand", advice)
        return
    policy = _in_force(domain, policies, organisation)
    if "records" in policy.tags:
        yield error(
            "DMARC", f"_dmarc.{policy.domain} has {policy.tags['records']} records, which count as none", "keep one"
        )
        return
    wanted = policy.tags.get("p", "")
    if policy.domain != domain:
        wanted = policy.tags.get("sp", wanted)
    if wanted not in _POLICIES:
        advice = f"write p=none, p=quarantine or p=reject into _dmarc.{policy.domain}"
        yield error("DMARC", f"_dmarc.{policy.domain} says no policy that is known", advice)
        return
    yield ok("DMARC", f"_dmarc.{policy.domain}: {wanted}")


def _in_force(domain: str, policies: Sequence[Policy], organisation: str) -> Policy:
    """Return the record that counts: the domain's own, else that of its organisation (RFC 9989 section 4.10.1)."""
    for name in (domain, organisation):
        for policy in policies:
            if policy.domain == name:
                return policy
    return policies[-1]


def _alignment(domain: str, envelope_domain: str, lookup: Lookup) -> Iterator[Finding]:
    """Yield whether SPF counts for DMARC: the envelope's domain belongs to that of the sender."""
    if domain == envelope_domain or organisation(domain, lookup) == organisation(envelope_domain, lookup):
        yield ok("alignment", f"SPF of {envelope_domain} counts for {domain}")
        return
    advice = f"write an address of {domain} as envelope_from, or see to it that the server signs as {domain} (DKIM)"
    yield warning("alignment", f"SPF of {envelope_domain} does not count for {domain}; DKIM alone has to", advice)


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a record such as `v=DMARC1; p=none`."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
