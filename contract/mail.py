"""Mail addresses that mean something to the stack."""

NOBODYS_MAILBOX = "success@simulator.amazonses.com"
"""Amazon's own, which takes mail and drops it. Mail that an address is not to be sent goes there instead, so that the
caller cannot tell by the time it takes. Source: Amazon SES Developer Guide, "Using the mailbox simulator"."""
