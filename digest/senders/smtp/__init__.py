"""Sending by mail: to a list address, or a copy for each address of a file."""

from digest.senders.smtp.addresses import read_addresses
from digest.senders.smtp.one_by_one import OneByOne
from digest.senders.smtp.splice import make_template
from digest.senders.smtp.to_list import ToList

__all__ = ["OneByOne", "ToList", "make_template", "read_addresses"]
