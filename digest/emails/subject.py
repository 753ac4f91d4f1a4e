"""Check the subject templates of all digests, so that a mistake is named long before an edition is due."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from digest.collector.post import Author, Post
from digest.config import Config, Digest
from digest.config.key_positions import key_positions
from digest.config.located import SETTINGS, settings_text
from digest.editions.edition import Edition, EditionSection
from digest.problems import Problem, did_you_mean
from digest.templates import environment

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

NAMES: dict[str, type[Struct] | None] = {
    "digest": Digest,
    "edition": Edition,
    "lead": Post,
    "posts": None,
    "count": None,
}
SAMPLES = 3  # posts of the edition that a template is tried with, at least


class Mistake(Struct, frozen=True):
    """What is wrong in a template: the word that is wrong, if one is, and its line in the template, from 1."""

    message: str
    hint: str = ""
    word: str = ""
    line: int = 1


def subject_problems(config: Config) -> Iterator[Problem]:
    """Yield the first mistake in the subject template of each digest, with line and column in `digest.toml`."""
    for name, digest in config.digests.items():
        if digest.subject == Digest(title="").subject:
            continue
        mistake = _first_mistake(config, name)
        if mistake is not None:
            yield _problem(config, name, mistake)


def _first_mistake(config: Config, name: str) -> Mistake | None:
    from jinja2 import TemplateSyntaxError

    source = config.digests[name].subject
    subjects = environment(config.own_templates).overlay(autoescape=False)
    try:
        tree = subjects.parse(source)
        mistake = next(_unknown_names(tree, subjects), None)
        return mistake or _failure(config, name, subjects)
    except TemplateSyntaxError as error:
        message = error.message or "this is no template"
        return Mistake(message, word=_quoted(message), line=error.lineno)


def _unknown_names(tree: "nodes.Template", subjects: "SandboxedEnvironment") -> Iterator[Mistake]:
    """Yield the variables, attributes and filters of a template that there are not."""
    from jinja2 import meta, nodes

    for used in tree.find_all(nodes.Filter):
        if used.name not in subjects.filters:
            yield _unknown("filter", used.name, subjects.filters, used.lineno)
    unknown = meta.find_undeclared_variables(tree) - NAMES.keys() - subjects.globals.keys()
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            yield _unknown("name", name.name, NAMES, name.lineno)
    for attribute in tree.find_all(nodes.Getattr):
        struct = NAMES.get(attribute.node.name) if isinstance(attribute.node, nodes.Name) else None
        if struct is not None and not hasattr(struct, attribute.attr):
            yield _unknown("key", attribute.attr, _public(struct), attribute.lineno)


def _unknown(kind: str, word: str, known: Iterable[str], line: int) -> Mistake:
    names = sorted(known)
    hint = did_you_mean(word, names) or f"known: {', '.join(names)}"
    return Mistake(f'there is no {kind} "{word}"', hint, word, line)


def _public(struct: type[Struct]) -> list[str]:
    return [name for name in dir(struct) if not name.startswith("_")]


def _failure(config: Config, name: str, subjects: "SandboxedEnvironment") -> Mistake | None:
    """Return why the template cannot be filled in for a sample edition; None when it can."""
    from jinja2 import TemplateError

    digest = config.digests[name]
    edition = _sample(config, name)
    posts = edition.posts
    try:
        template = subjects.from_string(digest.subject)
        template.render(digest=digest, edition=edition, lead=posts[0], posts=posts, count=len(posts))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        word = _quoted(str(error).rpartition(" object' ")[2])
        hint = did_you_mean(word, _public(Post)) if word else ""
        return Mistake(str(error).replace("digest.collector.post.", ""), hint, word, getattr(error, "lineno", 1))
    return None


def _sample(config: Config, name: str) -> Edition:
    """Return an edition with posts that have a value for each field that templates print."""
    end = datetime(2026, 1, 5, 8, tzinfo=UTC).astimezone(config.digest_zone(name))
    posts = tuple(
        Post(
            path=f"content/{number}.md",
            id=f"{config.site.url}{number}/",
            url=f"{config.site.url}{number}/",
            date=end - timedelta(days=number),
            updated=end,
            tags=("tag",),
            language=config.site.language,
            slug=f"post-{number}",
            title=f"Post {number}",
            authors=(Author("Name"),),
            summary="Summary",
        )
        for number in range(1, max(SAMPLES, config.digests[name].min_posts) + 1)
    )
    return Edition(name, f"{name}/2026-W02", end - timedelta(days=7), end, (EditionSection("", posts),))


def _problem(config: Config, name: str, mistake: Mistake) -> Problem:
    text = settings_text(config)
    keys = ("digests", config.family_of.get(name, name), "subject")
    line, column = key_positions(text).get(keys, (0, 0))
    if line:
        line, column = _place(text.split("\n"), line, column, mistake)
    message = f"{'.'.join(keys)}: {mistake.message}"
    file = config.file.name if config.file else SETTINGS
    return Problem(file, line, column, "subject-template", message, mistake.hint)


def _place(lines: list[str], line: int, column: int, mistake: Mistake) -> tuple[int, int]:
    """Return line and column of the wrong word, else of the value; the key stands at `line` and `column`."""
    value = lines[line - 1].find("=", column) + 1
    value += len(lines[line - 1]) - value - len(lines[line - 1][value:].lstrip())
    for number in range(line + mistake.line - 1, min(line + mistake.line, len(lines)) + 1):
        start = value if number == line else 0
        found = _find_word(lines[number - 1], mistake.word, start)
        if found >= 0:
            return number, found + 1
    return line, value + 1


def _find_word(text: str, word: str, start: int) -> int:
    """Return where a word stands in a text, not as a part of another one; -1 when it does not."""
    found = text.find(word, start) if word else -1
    while found >= 0 and _is_part(text[found - 1 : found] + text[found + len(word) : found + len(word) + 1]):
        found = text.find(word, found + 1)
    return found


def _is_part(around: str) -> bool:
    return any(character.isalnum() or character == "_" for character in around)


def _quoted(message: str) -> str:
    """Return what stands in the first quotation marks of a message."""
    parts = message.split("'")
    return parts[1] if len(parts) > 2 else ""
