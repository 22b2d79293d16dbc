"""Fakes, beside the embedded AWS, of services that have no emulator: Authy and Twilio Verify by their wire formats.

The `authy` and `twilio` packages use them unchanged. Nothing leaves the machine: messages are shown by `sallyport
inbox`, and pushes are answered by `sallyport push`.
"""

PREFIX = "/_fakes"
CONTROL, AUTHY, VERIFY = f"{PREFIX}/control", f"{PREFIX}/authy", f"{PREFIX}/verify"

# The local stack's credentials at the fakes; not secret, as every program on this machine can reach the port.
AUTHY_KEY = "authy-key-of-this-machine-0123456789"
ACCOUNT_SID = "AC00000000000000000000000000000000"
AUTH_TOKEN = "verify-token-of-this-machine-0123456789"  # noqa: S105
SERVICE_SID = "VA00000000000000000000000000000000"
