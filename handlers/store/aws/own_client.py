"""Our own client of AWS: signed calls over connections that stay open, repeated when that can help.

What botocore's standard mode repeats is repeated as often, after shorter pauses, because a user waits, and without a
quota, because an environment serves one request at a time. So are refusals of credentials that have expired, and of a
clock that is off.
Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
"""

import os
import time
from email.utils import parsedate_to_datetime
from typing import Any

from handlers.store.aws import connections, operations
from handlers.store.aws.credentials import CredentialSource
from handlers.store.aws.errors import AwsError, NoAnswer
from handlers.store.aws.signature import signed

PAUSE_SECONDS = 0.05  # at most before the first repetition; doubled by each, at random
SKEW_SECONDS = 240  # AWS refuses clocks that are off by more than five minutes
FIRST_DATE, LAST_DATE = 946_684_800, 4_102_444_800  # 2000 and 2100, Unix seconds: a `Date` outside is not AWS's
PASSING_STATUS = (500, 502, 503, 504)
PASSING = {
    "BandwidthLimitExceeded", "EC2ThrottledException", "IDPCommunicationError", "LimitExceededException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "ReplicatedWriteConflictException",
    "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "RequestTimeout",
    "RequestTimeoutException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
    "TooManyRequestsException", "TransactionInProgressException",
}  # fmt: skip
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException"}
SKEWED = {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}

_credentials = CredentialSource()


class OwnClient:
    """Calls to one service. Implements `handlers.store.aws.Client`; threads may share it.

    Args:
        service: its name, as boto3 has it.
        seconds: the longest wait for each part of an answer.
        attempts: how often a call is made, at most.
    """

    _ahead = 0.0
    """Seconds by which AWS's clock is ahead of ours; of all clients, and 0 until AWS refuses our clock."""

    def __init__(self, service: str, seconds: float, attempts: int) -> None:
        self._service = service
        self._seconds, self._attempts = seconds, attempts

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer. Raises `AwsError`."""
        unsigned = operations.request_of(self._service, operation, request)
        attempts = 1
        while True:
            ahead = OwnClient._ahead
            try:
                return operations.answer_of(self._service, operation, self._attempt(unsigned, ahead))
            except AwsError as error:
                if not _is_passing(error, ahead) or attempts == self._attempts:
                    raise
            time.sleep(PAUSE_SECONDS * 2 ** (attempts - 1) * os.urandom(1)[0] / 255)
            attempts += 1

    def connect(self) -> None:
        """Open a connection for the next call, unless there is one. Raises `NoAnswer`."""
        connections.connect(operations.address_of(self._service))

    def _attempt(self, request: operations.Request, ahead: float) -> connections.Answer:
        address = operations.address_of(self._service)
        headers = {**request.headers, "host": address.partition("://")[2]}
        scope = operations.region_of(), operations.SIGNING_NAMES.get(self._service, self._service)
        known = _credentials.current()
        complete = signed("POST", request.target, headers, request.body, scope, known, time.time() + ahead)
        return connections.exchange(address, "POST", request.target, complete, request.body, self._seconds)


def _is_passing(error: AwsError, ahead: float) -> bool:
    """Return whether the next attempt may succeed; if so, take into account what AWS has refused.

    Args:
        ahead: the correction of the clock by which the failed attempt was signed.
    """
    if error.code in EXPIRED:
        _credentials.renew()
        return True
    if error.code in SKEWED:
        return _is_clock_corrected(error.date, ahead)
    return isinstance(error, NoAnswer) or error.status in PASSING_STATUS or error.code in PASSING


def _is_clock_corrected(date: str, ahead: float) -> bool:
    """Return whether the attempt's clock was off, by the answer's `Date`; if so, later calls go by AWS's clock."""
    try:
        true_time = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return False
    true_ahead = true_time - time.time()
    if abs(true_ahead - ahead) <= SKEW_SECONDS or not FIRST_DATE <= true_time <= LAST_DATE:
        return False
    OwnClient._ahead = true_ahead
    return True
