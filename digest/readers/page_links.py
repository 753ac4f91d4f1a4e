"""The pages behind the links of mails: leaving, confirming an address, preferences."""

from digest.readers.database import Database
from digest.readers.letters import PREFERENCES, UNSUBSCRIBE
from digest.readers.page_choices import choices_of, wishes_in
from digest.readers.page_context import SOURCE, PageContext
from digest.readers.page_request import RefusedError, Request, first, read_form
from digest.readers.page_view import View, data_answer
from digest.readers.status import data_of
from digest.readers.subscribers import State, Subscriber, Subscribers, Wishes
from digest.readers.tokens import is_proved, read_token
from digest.unsubscribe import Answer

_WITH_PREFERENCES: tuple[State, ...] = ("active", "bounced")
_TO_CONFIRM: tuple[State, ...] = ("pending", "active")


def leave(context: PageContext, request: Request, text: str) -> Answer:
    """Answer to `u/TOKEN`. The token says all: whatever the body is, it is not looked at (RFC 8058)."""
    token = read_token(text)
    if token is None or not is_proved(token, "unsubscribe", 0, context.secrets):
        return context.refuse(request)
    with context.open() as database:
        subscribers = context.subscribers(database)
        reader = subscribers.by_id(token.reader)
        if reader is not None and request.is_post:
            subscribers.leave(reader, SOURCE)
    view = context.view(request, reader)
    words = view.common
    if request.is_post:
        return view.message(view.text(words.left), heading=words.unsubscribe, role="status")
    return view.message(view.text(words.leave), heading=words.unsubscribe, button=words.unsubscribe)


def confirm(context: PageContext, request: Request, text: str) -> Answer:
    """Answer to `c/TOKEN`. Of one that was used, nothing more is to be had than the same answer."""
    with context.open() as database:
        subscribers = context.subscribers(database)
        reader = context.reader(subscribers, text, "confirm", _TO_CONFIRM)
        if reader is None:
            return context.refuse(request)
        view = context.view(request, reader)
        if request.is_post:
            subscribers.confirm(reader, SOURCE, view.consent)
            if context.reader(subscribers, text, "confirm", ("active",)) is None:
                return context.refuse(request)  # she left meanwhile
    if request.is_post:
        links = {f"../{PREFERENCES}{context.token('preferences', reader)}": view.common.preferences}
        return view.message(view.text(view.words.confirmed), role="status", links=links)
    if reader.state == "active":
        return view.message(view.text(view.words.confirmed), role="status")
    return view.message(view.consent, button=view.words.confirm)


def preferences(context: PageContext, request: Request, text: str) -> Answer:
    """Answer to `p/TOKEN`."""
    with context.open() as database:
        subscribers = context.subscribers(database)
        reader = context.reader(subscribers, text, "preferences", _WITH_PREFERENCES)
        if reader is None:
            return context.refuse(request)
        if request.is_post:
            return _change(context, request, database, reader)
        return _form(context, request, reader)


def _change(context: PageContext, request: Request, database: Database, reader: Subscriber) -> Answer:
    """Do what a form of a reader's preferences says."""
    subscribers = context.subscribers(database)
    view = context.view(request, reader)
    fields = read_form(request)
    match first(fields, "do"):
        case "save":
            wishes = wishes_in(fields, context.offers.current(), _wishes_of(reader))
            subscribers.choose(reader, wishes)
            return _form(context, request, subscribers.by_id(reader.id) or reader, saved=True)
        case "export":
            return data_answer(data_of(database, subscribers, reader))
        case "ask-to-forget":
            return _ask_to_forget(context, view, reader)
        case "forget":
            return _forget(subscribers, view, reader)
    raise RefusedError(400)


def _form(context: PageContext, request: Request, reader: Subscriber, *, saved: bool = False) -> Answer:
    view = context.view(request, reader)
    choices = choices_of(context.offers.current(), _wishes_of(reader), view.words)
    return view.preferences(choices, leave=f"../{UNSUBSCRIBE}{context.token('unsubscribe', reader)}", saved=saved)


def _ask_to_forget(context: PageContext, view: View, reader: Subscriber) -> Answer:
    words = view.words
    links = {f"../{PREFERENCES}{context.token('preferences', reader)}": words.back}
    return view.message(words.forget_question, heading=words.forget, button=words.forget, do="forget", links=links)


def _forget(subscribers: Subscribers, view: View, reader: Subscriber) -> Answer:
    subscribers.forget(reader, SOURCE)
    return view.message(view.words.forgotten, heading=view.words.forget, role="status")


def _wishes_of(reader: Subscriber) -> Wishes:
    return Wishes(tags=reader.tags, language=reader.language, every=reader.every)
