"""What stands against building a digest: a name that changed, a history that is gone, files that cannot be read."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from digest.archive import manifest as manifests
from digest.archive.publish import SENT, read_mark
from digest.config import Config, Digest
from digest.editions import Ledger
from digest.editions import ledger as ledgers
from digest.problems import DigestError, Problem, count, did_you_mean


class Condition(Struct, frozen=True):
    """The condition of a digest's history, in the words of `DigestRun`."""

    held: str = ""  # why nothing is built
    draft_because: str = ""  # why every edition is a draft
    unreadable: tuple[str, ...] = ()  # keys of published editions whose posts are not known
    shown: tuple[str, ...] = ()  # keys of published editions that can be read
    problems: tuple[Problem, ...] = ()


def examine(config: Config, digest: str, ledger: Ledger, *, has_run: bool) -> Condition:
    """Return the condition of a digest; `has_run` when an earlier build knew it."""
    question = _question(config, digest, ledger)
    if question is not None:
        return Condition(held="its name may have changed", problems=(question,))
    published = manifests.shown(config, digest)
    if has_run and not (ledger.events or published):
        gone = _history_gone(config, digest)
        return Condition(draft_because="what went out before is not known", problems=(gone,))
    torn = [key for key, path in published.items() if not manifests.is_whole(path)]
    unreadable = tuple(key for key in torn if key not in ledger.editions)
    draft_because = "what went out in an edition is not known" if unreadable else ""
    return Condition(
        draft_because=draft_because,
        unreadable=unreadable,
        shown=tuple(published.keys() - torn),
        problems=(
            *_ledger_gone(config, digest, len(published) - len(torn)),
            *_damaged_manifests(config, torn, unreadable),
            *_broken_marks(config, published.keys() - ledger.sent.keys()),
            *_unsettled(config, digest, ledger.disputed),
        ),
    )


def _unsettled(config: Config, digest: str, disputed: Iterable[str]) -> Iterator[Problem]:
    """Yield a warning for each edition that two branches built, of which no manifest says what was published."""
    for key in sorted(disputed):
        path = f"{config.site.ledger}/{digest}.jsonl"
        message = f"two branches built {key} with different posts, and its manifest is lost: none goes out again"
        hint = 'put the manifest back; "resend: true" sends a post that was not in it'
        yield Problem(path, 0, 0, "disputed-edition", message, hint, "warning")


def _question(config: Config, digest: str, ledger: Ledger) -> Problem | None:
    """Return what to ask about the name of a digest without a history; None when there is nothing to ask."""
    if ledger.events:
        return None
    former = config.digests[digest].formerly
    if former is None:
        strangers = _histories_without_table(config, digest)
        return _rename_question(config, digest, strangers) if strangers else None
    if not former or _is_of_a_known_family(config, digest):
        return None
    names = _histories(config)
    return None if former in names else _unknown_former_name(config, digest, former, names)


def _unknown_former_name(config: Config, digest: str, former: str, names: list[str]) -> Problem:
    table = _table(config, digest)
    message = f'digests.{table}.formerly: there is no history of "{former}"; nothing is built'
    family = _former_family(config, table, names)
    near = did_you_mean(former, [family] if family else names)
    hint = f'{near} write formerly = "" if {table} is new'.strip()
    return Problem(_file(config), 0, 0, "digest-renamed", message, hint)


def _histories_without_table(config: Config, digest: str) -> list[str]:
    """Return the names that a new digest may have had: those of histories that no table of `digest.toml` has or had."""
    if _is_of_a_known_family(config, digest):
        return []
    families = _with_former(config.families)
    known = _with_former(config.digests) | families
    of_families = tuple(f"{family}-" for family in families)
    return [name for name in _histories(config) if not (name in known or name.startswith(of_families))]


def _with_former(tables: Mapping[str, Digest]) -> set[str]:
    """Return the names of tables, and their former ones."""
    former = {settings.formerly for settings in tables.values()}
    return {*tables, *filter(None, former)}


def _histories(config: Config) -> list[str]:
    """Return the names of the digests that have a ledger, or published editions when that is lost."""
    files = (config.root / config.site.ledger).glob("*.jsonl")
    recorded = {file.stem for file in files if _has_events(file)}
    published = (config.root / config.site.output / "editions").glob(f"*/*/{manifests.NAME}")
    return sorted(recorded | {path.parent.parent.name for path in published})


def _has_events(ledger: Path) -> bool:
    return next(ledgers.salvage(ledger), None) is not None


def _is_of_a_known_family(config: Config, digest: str) -> bool:
    """Return whether a digest is the new member of a family whose others have ledgers: members come and go."""
    family = config.family_of.get(digest)
    return family is not None and any(name.startswith(f"{family}-") for name in _histories(config))


def _rename_question(config: Config, digest: str, strangers: list[str]) -> Problem:
    table = _table(config, digest)
    former = _former_family(config, table, strangers) or strangers[0]
    message = f'[digests.{table}] has no history, and the history of "{strangers[0]}" has no table'
    hint = f'write formerly = "{former}" if {table} is its new name, formerly = "" if {table} is new'
    return Problem(_file(config), 0, 0, "digest-renamed", f"{message}; nothing is built", hint)


def _former_family(config: Config, family: str, strangers: list[str]) -> str:
    """Return the name of a family that the ledgers may be of, by one with a member of the same name."""
    members = [name.removeprefix(family) for name, owner in config.family_of.items() if owner == family]
    former = (name.removesuffix(member) for name in strangers for member in members if name.endswith(member))
    return next(former, "")


def _table(config: Config, digest: str) -> str:
    """Return the name of the table in `digest.toml` that a digest comes from."""
    return config.family_of.get(digest, digest)


def _file(config: Config) -> str:
    return config.file.name if config.file else "digest.toml"


def _damaged_manifests(config: Config, torn: Iterable[str], unreadable: Collection[str]) -> Iterator[Problem]:
    """Yield a warning for each `torn` manifest; nothing else tells of the editions that are `unreadable`."""
    for key in torn:
        path = f"{config.site.output}/editions/{key}/{manifests.NAME}"
        message, hint = "this is no manifest", "it is made again"
        if key in unreadable:
            message += ", so what went out in this edition is not known; new editions are drafts"
            hint = "put the file back, or delete the folder if the edition was not sent"
        yield Problem(path, 0, 0, "damaged-manifest", message, hint, "warning")


def _broken_marks(config: Config, keys: Iterable[str]) -> Iterator[Problem]:
    """Yield a warning for each `sent.json` that does not say when its edition was sent."""
    for key in sorted(keys):
        path = f"{config.site.output}/editions/{key}/{SENT}"
        try:
            read_mark(manifests.path_of(config, key))
        except DigestError:
            message = "this cannot be read, so whether the edition was sent is not known"
            hint = f"`digest mark-sent {key}` says that it was; delete the file if it was not"
            yield Problem(path, 0, 0, "damaged-mark", message, hint, "warning")


def _ledger_gone(config: Config, digest: str, published: int) -> Iterator[Problem]:
    """Yield a warning when there are published editions and no ledger, not even under the digest's former name."""
    names = (digest, config.digests[digest].formerly or digest)
    if not published or any(_has_events(ledgers.path_of(config, name)) for name in names):
        return
    path = f"{config.site.ledger}/{digest}.jsonl"
    message = f"the ledger is gone; it is made again from the {count(published, 'published edition')}"
    hint = "put it back if you can: it also knows of posts that were renamed, and of those from before the digest"
    yield Problem(path, 0, 0, "ledger-gone", message, hint, "warning")


def _history_gone(config: Config, digest: str) -> Problem:
    path = f"{config.site.ledger}/{digest}.jsonl"
    message = "the digest has run before, and neither its ledger nor an edition is there; a new edition is a draft"
    hint = (
        "put the ledger back; else look at the draft before it is sent, since its posts may have gone out, and build "
        "with --since DATE when posts since that day have not"
    )
    return Problem(path, 0, 0, "history-gone", message, hint, "warning")
