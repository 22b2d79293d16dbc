"""Third parties that have no emulator, beside the embedded AWS: Authy and Twilio Verify by their wire formats.

The `authy` and `twilio` packages talk to them as they are. Nothing leaves the machine: what they send is shown by
`sallyport inbox`, and pushes are answered by `sallyport push`.
"""

PREFIX = "/_fakes"
CONTROL, AUTHY, VERIFY = f"{PREFIX}/control", f"{PREFIX}/authy", f"{PREFIX}/verify"

# What the stack on this machine knows them by; whoever can reach the port may use them.
AUTHY_KEY = "authy-key-of-this-machine-0123456789"
ACCOUNT_SID = "AC00000000000000000000000000000000"
AUTH_TOKEN = "verify-token-of-this-machine-0123456789"  # noqa: S105
SERVICE_SID = "VA00000000000000000000000000000000"


def configuration(url: str) -> dict[str, str]:
    """Settings with which a stack on the embedded AWS at this address uses them."""
    return {
        "authyApiKey": AUTHY_KEY,
        "authyApiUrl": f"{url}{AUTHY}",
        "twilioAccountSid": ACCOUNT_SID,
        "twilioAuthToken": AUTH_TOKEN,
        "twilioVerifyService": SERVICE_SID,
        "twilioVerifyUrl": f"{url}{VERIFY}",
    }
