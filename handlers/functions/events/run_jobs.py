"""The jobs that are due: invoked every 15 minutes, and by events that leave a job.

A job that fails is done again by the next run; the function then fails too, so that an alarm can see it.
"""

import time
from typing import Any

from handlers import services
from handlers.adapters.http import Event, cause, log
from handlers.core.accounts import job_runner
from handlers.core.accounts.jobs import Job
from handlers.store.event_origin import Origin, origin

SERVICES = services.load(
    "events", "directory", "accounts", "factors", "factor_types", "pool", "applications", "mailer", "pepper", "site_url"
)
ACTOR = "sallyport:jobs"


class JobsFailed(Exception):
    """Jobs that were not done; their log lines say why."""


def handler(_: Event, context: Any) -> None:
    """Do the jobs, and leave one line in the log for each."""
    started = time.perf_counter()
    origin.set(Origin(getattr(context, "aws_request_id", None), actor=ACTOR))

    def note(job: Job, error: Exception | None) -> None:
        log(f"job {job.kind}", 500 if error else 200, cause(error) if error else "ok", started, context)

    failed = job_runner.run(SERVICES, note)
    if failed:
        raise JobsFailed(str(failed))
