"""The jobs that are due, done one by one; a job that fails is left for the next run."""

from collections.abc import Callable

from handlers.core.accounts import address_change, deletion
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.services import Services

MOST_JOBS = 100  # of one run


def run(services: Services, note: Callable[[Job, Exception | None], None]) -> int:
    """Do the jobs that are due; return how many failed. `note` is told of each job, with its error."""
    failed = 0
    for job in services.accounts.due_jobs(services.now(), MOST_JOBS):
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
