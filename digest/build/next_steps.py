"""What the editor of a built edition has to do next: build it again, look at it, approve it, or send it."""

from collections.abc import Iterable, Mapping

from digest import archive
from digest.archive import manifest as manifests
from digest.collector.post import Post
from digest.config import Config
from digest.editions import OPEN, Ledger, Outcome, hash_file, note_path
from digest.problems import ContentError

NAMED = 3  # changed posts that a step names


def next_steps(config: Config, outcomes: Iterable[Outcome], posts: Iterable[Post]) -> dict[str, str]:
    """Return the next step of each published edition that is not sent, by its key."""
    by_path = {post.path: post for post in posts}
    steps: dict[str, str] = {}
    for outcome in outcomes:
        ledger = archive.load_ledger(config, outcome.digest)
        if outcome.key in ledger.editions and outcome.key not in ledger.sent:
            steps[outcome.key] = next_step(config, ledger, outcome.key, by_path)
    return steps


def next_step(config: Config, ledger: Ledger, key: str, posts: Mapping[str, Post]) -> str:
    """Return the next step of a built edition that is not sent; `posts` are all by path."""
    under_way = [delivery for delivery in ledger.deliveries.get(key, {}).values() if delivery.state in OPEN]
    if under_way and ledger.is_shut(key):
        where = f"{under_way[0].state} via {under_way[0].via}"
        return f"{where}; `digest send {key}` goes on, and says how far it is"
    changed = _changed_files(config, key, posts)
    if changed:
        left_out = len(changed) - NAMED
        named = ", ".join([*changed[:NAMED], *([f"{left_out} more"] if left_out > 0 else [])])
        return f"changed since: {named}, which `digest build {key}` takes in"
    state = archive.approval_of(config, ledger, key)
    if state == "missing":
        return archive.advice(config, key)
    if state == "outdated":
        return f"it is not what was approved: {archive.advice(config, key)}"
    return archive.sending_advice(config, key)


def _changed_files(config: Config, key: str, posts: Mapping[str, Post]) -> list[str]:
    """Return the paths of the posts and the note that are no longer as the edition's manifest has them."""
    path = archive.shown(config, key.partition("/")[0]).get(key)
    if path is None:
        return []
    try:
        manifest = manifests.read(path)
    except ContentError:
        return []
    listed = [item for item in manifest.posts if item.path in posts]
    changed = [item.path for item in listed if _is_changed(config, item, posts[item.path])]
    is_note_changed = manifests.hash_note(config, key) != manifest.note_hash
    return [*changed, note_path(config, key)] if is_note_changed else changed


def _is_changed(config: Config, item: manifests.ManifestPost, post: Post) -> bool:
    try:
        return hash_file(config, post) != item.content_hash
    except ContentError:  # the file is gone since it was collected
        return True
