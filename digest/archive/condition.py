"""What stands against building a digest: a name that changed, a history that is gone, files that cannot be read."""

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from digest.archive import manifest as manifests
from digest.archive.publish import SENT, read_mark
from digest.config import Config
from digest.editions import Ledger
from digest.editions import ledger as ledgers
from digest.problems import DigestError, Problem, count


class Condition(Struct, frozen=True):
    """The condition of a digest's history, in the words of `DigestRun`."""

    held: str = ""  # why nothing is built
    draft_because: str = ""  # why every edition is a draft
    unreadable: tuple[str, ...] = ()  # keys of published editions whose posts are not known
    shown: tuple[str, ...] = ()  # keys of published editions that can be read
    problems: tuple[Problem, ...] = ()


def examine(config: Config, digest: str, ledger: Ledger, *, has_run: bool) -> Condition:
    """Return the condition of a digest; `has_run` when an earlier build knew it."""
    renamed = find_former_ledgers(config, digest, ledger)
    if renamed:
        return Condition(held="its name may have changed", problems=(_rename_question(config, digest, renamed),))
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


def find_former_ledgers(config: Config, digest: str, ledger: Ledger) -> list[str]:
    """Return the names of ledgers without a table in `digest.toml`, when the digest is new and may have had one."""
    if config.digests[digest].formerly is not None or ledger.events:
        return []
    known = {*config.digests, *(settings.formerly for settings in config.digests.values())}
    files = sorted((config.root / config.site.ledger).glob("*.jsonl"))
    others = [file for file in files if not file.name.startswith("_") and file.stem not in known]
    return [file.stem for file in others if next(ledgers.salvage(file), None) is not None]


def _rename_question(config: Config, digest: str, former: list[str]) -> Problem:
    name = former[0]
    message = f"[digests.{digest}] has no history, and {config.site.ledger}/{name}.jsonl has no table; nothing is built"
    hint = f'write formerly = "{name}" if {digest} is its new name, formerly = "" if {digest} is new'
    file = config.file.name if config.file else "digest.toml"
    return Problem(file, 0, 0, "digest-renamed", message, hint)


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
    if not published or any(ledgers.path_of(config, name).exists() for name in names):
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
