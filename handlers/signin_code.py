"""POST /signin/code {email}

202 {challenge_id, expires_in}: a code is mailed; the same whether or not the address has an account. 404 where the
stack offers no mailed codes. 429. 503 `mail_unavailable`.
"""

from handlers.core.challenges import Purpose
from handlers.http import endpoint
from handlers.mailed_code import mailing

handler = endpoint(mailing(Purpose.SIGN_IN))
