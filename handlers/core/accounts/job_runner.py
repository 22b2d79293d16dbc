"""The jobs that are due, done one by one; a job that fails is left for the next run.

Changes of addresses come first, because their mail has the link that takes them back. The others come in an order at
random, so that those which fail or take long do not hold up the same ones at every run.
"""

import random
from collections.abc import Callable

from handlers.core.accounts import address_change, deletion
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.services import Services


def run(services: Services, note: Callable[[Job, Exception | None], None]) -> int:
    """Do the jobs that are due; return how many failed. `note` is told of each job, with its error."""
    failed = 0
    jobs = services.accounts.due_jobs(services.now())
    random.shuffle(jobs)
    for job in sorted(jobs, key=lambda job: job.kind is not JobKind.ADDRESS):
        try:
            _do(services, job)
        except Exception as error:  # noqa: BLE001 the other jobs are done all the same
            failed += 1
            note(job, error)
        else:
            note(job, None)
    return failed


def _do(services: Services, job: Job) -> None:
    match job.kind:
        case JobKind.ADDRESS:
            address_change.follow(services, job)
            services.accounts.finish_job(job)
        case JobKind.DELETION:
            deletion.carry_out(services, job)
        case JobKind.APPLICATIONS:
            services.applications.erase(job.user_id)
            services.accounts.finish_job(job)
