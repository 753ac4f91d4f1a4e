"""E-mails: an edition as HTML with inlined CSS, as plain text and as a complete message, escaped for its provider."""

from digest.emails.authoring import authoring_problems
from digest.emails.compose import PREHEADER, Email, compose
from digest.emails.contrast import ink
from digest.emails.copies import FOLDER as IMAGES_FOLDER
from digest.emails.fonts import with_stacks
from digest.emails.languages import marked
from digest.emails.look import lint
from digest.emails.mime import date_header, text_header
from digest.emails.providers import PROVIDERS, escape_header, placeholders, placeholders_of, unescape_header
from digest.emails.subject import subject_problems

__all__ = [
    "IMAGES_FOLDER",
    "PREHEADER",
    "PROVIDERS",
    "Email",
    "authoring_problems",
    "compose",
    "date_header",
    "escape_header",
    "ink",
    "lint",
    "marked",
    "placeholders",
    "placeholders_of",
    "subject_problems",
    "text_header",
    "unescape_header",
    "with_stacks",
]
