"""Sending by mail: to a list address, or a copy for each address of a file."""

from digest.senders.smtp.addresses import check_address, decode_readers, read_addresses
from digest.senders.smtp.bounces import BounceSummary, mark_bounces
from digest.senders.smtp.chosen import forgive_bounces_of, mark_bounces_of
from digest.senders.smtp.mail_sender import MailSender
from digest.senders.smtp.one_by_one import OneByOne
from digest.senders.smtp.settings import MailSettings, ReadersSettings
from digest.senders.smtp.splice import make_template
from digest.senders.smtp.to_list import ToList

__all__ = [
    "BounceSummary", "MailSender", "MailSettings", "OneByOne", "ReadersSettings", "ToList", "check_address",
    "decode_readers", "forgive_bounces_of", "make_template", "mark_bounces", "mark_bounces_of", "read_addresses",
]  # fmt: skip
