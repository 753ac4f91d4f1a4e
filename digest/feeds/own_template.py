"""A file of a feed that a template of the owner's own writes, such as one for a news search.

The template gets the entries as they stand in feeds. What it prints is escaped for XML, and what it wrote is checked:
XML must be well-formed, JSON must be JSON, and both must be of the type that the settings name.
"""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath

from digest.config.schema import Config
from digest.feeds.entry import Entry, site_author
from digest.feeds.plan import GENERATOR, Feed
from digest.feeds.values import address, rfc822, rfc3339
from digest.problems import ConfigError, Problem
from digest.templates import environment

_ROOTS = {"rss": "rss", "atom": "{http://www.w3.org/2005/Atom}feed"}
_JSON_FEED = "https://jsonfeed.org/version/"


def own_document(feed: Feed, entries: Sequence[Entry], config: Config) -> bytes:
    """Return what the feed's template writes. Raises ConfigError with the template's name and line."""
    made = _filled(feed, entries, config).encode("utf-8", "replace")
    fault = _fault(feed, made)
    if fault:
        raise _error(feed, config, 0, "template-output", fault)
    return made


def _filled(feed: Feed, entries: Sequence[Entry], config: Config) -> str:
    from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

    values = {
        "feed": feed,
        "entries": entries,
        "site": config.site,
        "author": site_author(config),
        "home": address(config, feed.home),
        "here": address(config, feed.own_path),
        "generator": GENERATOR,
        "rfc822": rfc822,
        "rfc3339": rfc3339,
    }
    try:
        return environment(config.own_templates).get_template(feed.template).render(values)
    except TemplateNotFound as error:
        raise _error(feed, config, 0, "template-missing", "there is no such template") from error
    except TemplateSyntaxError as error:
        raise _error(feed, config, error.lineno, "template-syntax", str(error.message)) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        message = str(error) or type(error).__name__
        raise _error(feed, config, _line(error, feed.template), "template-value", message) from error


def _error(feed: Feed, config: Config, line: int, code: str, message: str) -> ConfigError:
    path = f"{config.site.templates}/{feed.template}" if config.site.templates else feed.template
    problem = Problem(path, line, 0, code, message)
    return ConfigError(f"the template {feed.template} writes no feed", [problem])


def _line(error: Exception, name: str) -> int:
    """Return the line of the template at which `error` was raised; 0 when it is not known."""
    line = 0
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.replace("\\", "/").endswith(f"/{name}"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _fault(feed: Feed, made: bytes) -> str:
    """Return what is wrong with a written file; empty when nothing is."""
    suffix = PurePosixPath(feed.own_path).suffix.lower()
    if feed.template_type == "json" or suffix == ".json":
        return _json_fault(feed, made)
    if feed.template_type or suffix in (".xml", ".atom", ".rss", ".rdf"):
        return _xml_fault(feed, made)
    return ""


def _json_fault(feed: Feed, made: bytes) -> str:
    try:
        found = json.loads(made)
    except ValueError as error:
        return f"what it writes is no JSON: {error}"
    version = found.get("version", "") if isinstance(found, dict) else ""
    if feed.template_type == "json" and not str(version).startswith(_JSON_FEED):
        return f"what it writes is no JSON Feed: its version is not {_JSON_FEED}…"
    return ""


def _xml_fault(feed: Feed, made: bytes) -> str:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(made, parser)
    except etree.XMLSyntaxError as error:
        return f"what it writes is not well-formed XML: {error.msg}; write values as {{{{ value }}}}, without |safe"
    wanted = _ROOTS.get(feed.template_type, root.tag)
    return "" if root.tag == wanted else f"what it writes is no {feed.template_type} feed: its root is {root.tag}"
