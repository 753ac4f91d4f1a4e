"""Handing editions over: the protocol of senders, the hand-over that never sends twice, and one file a sender.

A sender is a class in one module, registered in pyproject.toml and `digest.config.senders.BUILT_IN` (a package of
somebody else's: in the entry-point group `digest.senders`):

    class ShopSettings(SenderSettings, frozen=True, kw_only=True):
        url: str                             # `[senders.NAME] url = "…"`: checked when digest.toml is read
        token_env: str = "SHOP_TOKEN"        # a secret `token`: the name of a variable, or of a file
        token_file: str = ""

        def filled_in_by(self) -> str:
            return "plain"                   # whose placeholders it fills in

    class Shop:
        settings_type = ShopSettings
        can = frozenset({"find", "draft", "state"})

        def __init__(self, settings: ShopSettings, secrets: Secrets) -> None:
            self.provider = settings.filled_in_by()
            self.token = secrets.get("token")    # a `Secret`; `reveal()` it where it is needed

`Sender` describes the verbs `check`, `rehearse`, `find`, `create`, `test`, `release`, `state`, `cancel` and `close`,
and what each name in `can` promises. The verbs raise `SendError` (refused, exit code 1), `TryAgainError` (nothing was
done, 75) or `UnansweredError` (nobody knows, 75); any other exception counts as `UnansweredError`. Every text that they
give is redacted before it is shown. Paths in settings are relative to `secrets.root`, the site's folder, and
`handover.progress` shows how far a long call is, and `handover.warn` takes what the owner should hear of.

A sender without drafts, such as SMTP, lacks `draft`: `create` makes no call, and `release` sends all. When `release`
did not return, the next run asks `state` if the sender can `state`, repeats `release` if it has `key`, and else goes by
the table's `on_doubt`. A sender that keeps a state of each address itself has `state`, which answers
`draft` while something is left to send: the next run then calls `release` again, which goes on where it was.
"""

from digest.config import SenderSettings
from digest.senders.afterwards import cancel, read_back
from digest.senders.edition import load_edition
from digest.senders.handover import hand_over
from digest.senders.message import header, mark_as_test, replace_header
from digest.senders.protocol import (
    TEST_MARK,
    Ability,
    Handover,
    Ref,
    Sender,
    SendError,
    State,
    Status,
    TryAgainError,
    UnansweredError,
)
from digest.senders.registry import SenderMaker, make_sender
from digest.senders.secret import HIDDEN, Secret, Secrets
from digest.senders.sending import (
    Rehearsal,
    cancel_sending,
    full_key,
    is_waiting,
    rehearse_sending,
    send,
    send_test,
    sending_status,
    unsent_keys,
)
from digest.senders.steps import Choice, DoubtError, Journal, Order, Result, Standing, Task

__all__ = [
    "HIDDEN", "TEST_MARK", "Ability", "Choice", "DoubtError", "Handover", "Journal", "Order", "Ref", "Rehearsal",
    "Result", "Secret", "Secrets", "SendError", "Sender", "SenderMaker", "SenderSettings", "Standing", "State",
    "Status", "Task", "TryAgainError", "UnansweredError", "cancel", "cancel_sending", "full_key", "hand_over", "header",
    "is_waiting",
    "load_edition", "make_sender", "mark_as_test", "read_back", "rehearse_sending", "replace_header", "send",
    "send_test", "sending_status", "unsent_keys",
]  # fmt: skip
