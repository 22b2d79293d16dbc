"""Mail addresses with a special meaning for the stack."""

NOBODYS_MAILBOX = "success@simulator.amazonses.com"
"""Amazon's mailbox that accepts mail and drops it. Mail that must not reach an address is sent there instead, so that
the response time does not tell the caller. Source: Amazon SES Developer Guide, "Using the mailbox simulator"."""
