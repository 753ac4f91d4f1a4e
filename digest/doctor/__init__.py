"""What keeps letters from arriving: the sender's domain, the letter, the service and the unsubscribe page.

`examine` yields findings, each with what to write where. It opens connections, and is called by `digest doctor` alone.
"""

from digest.doctor.dns import Lookup, LookupFailedError
from digest.doctor.examine import examine
from digest.doctor.finding import Finding

__all__ = ["Finding", "Lookup", "LookupFailedError", "examine"]
