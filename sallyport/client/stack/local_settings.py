"""Sallyport's settings on the embedded AWS, for what the stack's file leaves out."""

import json

from sallyport.local import fakes


def local_settings(cloud_url: str) -> dict[str, str]:
    """Return the settings, without the project's name: the fakes as providers, and `localhost` as the relying party.

    A passkey is bound to a domain name (WebAuthn Level 2, §5.1.2); 127.0.0.1 is not a domain name.
    """
    return {
        "authyApiKey": fakes.AUTHY_KEY,
        "authyApiUrl": f"{cloud_url}{fakes.AUTHY}",
        "twilioAccountSid": fakes.ACCOUNT_SID,
        "twilioAuthToken": fakes.AUTH_TOKEN,
        "twilioVerifyService": fakes.SERVICE_SID,
        "twilioVerifyUrl": f"{cloud_url}{fakes.VERIFY}",
        "passkeyRpId": "localhost",
        "passkeyOrigins": json.dumps([cloud_url.replace("127.0.0.1", "localhost")]),
    }
