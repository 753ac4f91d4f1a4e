"""The form to subscribe. It says the same whoever the address belongs to: what follows is done after the answer."""

from collections.abc import Callable

from msgspec import Struct

from digest.readers.page_applications import Application
from digest.readers.page_choices import choices_of, wishes_in
from digest.readers.page_context import PageContext
from digest.readers.page_limits import Limit, client_of
from digest.readers.page_request import Fields, Request, first, read_form
from digest.readers.page_view import NO_MISTAKES, Mistakes, View
from digest.readers.subscribers import Wishes
from digest.senders.smtp import check_address
from digest.unsubscribe import Answer

BAIT = "website"  # a field that people do not see, and programs fill in
_HOUR = 3_600
_FROM_ONE_CLIENT, _FROM_ALL = 10, 1_000  # applications an hour
_RETRY_AFTER = 600  # seconds
_EVERYBODY = "everybody"


class Filled(Struct, frozen=True):
    """What somebody wrote into the form. An `address` that is none is empty in `checked`."""

    address: str
    checked: str
    agrees: bool
    is_bait_taken: bool
    wishes: Wishes


class SubscribeForm:
    """The form of a site. `take` hands an application over to be dealt with, and returns whether there is room."""

    def __init__(self, take: Callable[[Application], bool]) -> None:
        self._take = take
        self._applications = Limit(_FROM_ONE_CLIENT, _HOUR)
        self._all_applications = Limit(_FROM_ALL, _HOUR)

    def answer(self, context: PageContext, request: Request, _rest: str) -> Answer:
        """Answer to `subscribe`."""
        view = context.view(request)
        offer = context.offers.current()
        if not request.is_post:
            wishes = Wishes(language=view.language if view.language in offer.languages else "")
            return view.subscribe(choices_of(offer, wishes, view.words))
        fields = read_form(request)
        filled = _read(fields, wishes_in(fields, offer, Wishes()))
        mistakes = _mistakes(filled, view)
        if mistakes != NO_MISTAKES:
            choices = choices_of(offer, filled.wishes, view.words)
            return view.subscribe(choices, filled.address, mistakes, agrees=filled.agrees)
        return self._apply(request, view, filled)

    def _apply(self, request: Request, view: View, filled: Filled) -> Answer:
        client = client_of(request.client)
        if self._applications.is_reached(client) or self._all_applications.is_reached(_EVERYBODY):
            return view.failure(429, _RETRY_AFTER)
        self._applications.add(client)
        self._all_applications.add(_EVERYBODY)
        application = Application(filled.checked, filled.wishes, view.language, view.consent)
        if not (filled.is_bait_taken or self._take(application)):
            return view.failure(503, _RETRY_AFTER)
        return view.message(view.words.asked, heading=view.common.subscribe, role="status")


def _read(fields: Fields, wishes: Wishes) -> Filled:
    address = first(fields, "address").strip()
    return Filled(
        address=address,
        checked=_checked(address),
        agrees="consent" in fields,
        is_bait_taken=bool(first(fields, BAIT)),
        wishes=wishes,
    )


def _checked(address: str) -> str:
    """Return an address with its domain in ASCII; empty for a text that is none, and for one on this machine."""
    try:
        checked = check_address(address)
    except ValueError:
        return ""
    return checked if "." in checked.rpartition("@")[2] else ""


def _mistakes(filled: Filled, view: View) -> Mistakes:
    return Mistakes(
        address="" if filled.checked else view.words.address_wrong,
        consent="" if filled.agrees else view.words.consent_missing,
    )
