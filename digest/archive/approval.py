"""Whether an edition may be sent: an approval is of its content, and other content needs it again."""

from typing import Literal

from digest.archive import manifest as manifests
from digest.config import Config
from digest.editions import Ledger
from digest.problems import ContentError, DigestError

State = Literal["not needed", "approved", "missing", "outdated"]


def approval_of(config: Config, ledger: Ledger, key: str) -> State:
    """Return whether the published edition `key` is approved; "outdated" when it was with other content.

    An edition whose manifest is lost counts as approved when any content of it was; one whose manifest is damaged does
    not.
    """
    digest = key.partition("/")[0]
    built = ledger.editions[key]
    if not manifests.needs_approval(config.digests[digest], draft=built.draft):
        return "not needed"
    approvals = ledger.approved.get(key, ())
    if not approvals:
        return "missing"
    path = manifests.shown(config, digest).get(key)
    try:
        content = manifests.read(path).content_hash if path else approvals[0].content
    except ContentError:
        return "outdated"
    return "approved" if any(approval.content == content for approval in approvals) else "outdated"


def require_approval(config: Config, ledger: Ledger, key: str) -> None:
    """Raise `DigestError` when the edition `key` needs an approval that it does not have."""
    state = approval_of(config, ledger, key)
    if state in {"missing", "outdated"}:
        raise DigestError(f"{key} {REASONS[state]}: {advice(config, key)}")


REASONS = {"missing": "is not approved", "outdated": "is not what was approved"}


def advice(config: Config, key: str) -> str:
    """Return what to do about an edition that waits for an approval."""
    return f"look at {config.site.output}/editions/{key}/index.html, then `digest approve {key}`"


def sending_advice(config: Config, key: str) -> str:
    """Return what to do about an edition that may be sent."""
    via = config.digests[key.partition("/")[0]].send_via
    if via:
        has_own_list = getattr(config.senders[via], "readers", None)
        to_whom = " --readers" if config.readers.url and has_own_list == "" else ""
        return f"`digest send {key}{to_whom}`; with `--test me@example.org` first"
    from digest.emails import placeholders_of

    is_filled_in = placeholders_of(config.digests[key.partition("/")[0]]).unsubscribe
    file = "email.html" if is_filled_in else "email.eml"
    return f"send {config.site.output}/editions/{key}/{file}, then `digest mark-sent {key}`"
