"""What a kind of SCIM error usually means, what to check at the identity provider, and what heals it.

It is advice from public documentation, chosen by the error's words alone. It is never a fact about the logs.
"""

from logsync.scim.advice.advise import Advice, advice_on
from logsync.scim.advice.sources import Source
from logsync.scim.advice.vendors import Step, Vendor, vendor_of

__all__ = ["Advice", "Source", "Step", "Vendor", "advice_on", "vendor_of"]
