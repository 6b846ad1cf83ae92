"""Runs jobs, one at a time in each process. The queue is the table: whoever locks a job's row first has it."""

import json
import logging
from dataclasses import asdict
from datetime import timedelta
from string import Template
from threading import Event, Thread

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload, sessionmaker

from app.models import Job, Status
from app.outside import Gemini, OutsideError, Source, Tavily
from app.storage import Bucket

log = logging.getLogger(__name__)

# More than a job takes: two calls outside of 20 seconds, and two objects.
LEASE = timedelta(seconds=120)
ATTEMPTS = 3
POLL_SECONDS = 1.0
# How long a process that ends waits for the job that it is at. Another one takes that job when the lease is over.
STOP_SECONDS = 25.0

PLACEHOLDERS = {"location", "details", "sources"}


def unknown_placeholders(text: str) -> list[str] | None:
    """Of a prompt: those that no job can fill in, or None where the text can't be read at all."""
    template = Template(text)
    if not template.is_valid():
        return None
    return sorted(set(template.get_identifiers()) - PLACEHOLDERS)


class Worker:
    """Takes jobs from the queue."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        tavily: Tavily,
        gemini: Gemini,
        content: Bucket,
        artifacts: Bucket,
    ) -> None:
        self._sessions = sessions
        self._tavily = tavily
        self._gemini = gemini
        self._content = content
        self._artifacts = artifacts
        self._stopping = Event()
        # It doesn't keep a process alive that has to end.
        self._thread = Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Takes no more jobs, and waits for the one under way."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            log.warning("the job under way takes too long to wait for; it is taken again when its lease is over")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.run_one():
                    continue
            except SQLAlchemyError:
                # The database is away for a moment; so is the queue.
                log.exception("the queue can't be read")
            self._stopping.wait(POLL_SECONDS)

    def run_one(self) -> bool:
        """Runs the oldest job that waits; False where there is none."""
        job = self._take()
        if job is None:
            return False
        log.info("job %d: attempt %d", job.id, job.attempts)
        if job.attempts > ATTEMPTS:
            self._finish(job, Status.FAILED, error=f"was begun {ATTEMPTS} times and never came to an end")
            return True
        try:
            key = self._write(job)
        except OutsideError as e:
            self._finish(job, Status.FAILED, error=str(e))
        except Exception as e:
            # Whatever it was: the queue goes on. What an unknown error says is for the log alone.
            log.exception("job %d failed", job.id)
            self._finish(job, Status.FAILED, error=type(e).__name__)
        else:
            self._finish(job, Status.DONE, content_key=key)
        return True

    def _take(self) -> Job | None:
        free = or_(Job.status == Status.QUEUED, and_(Job.status == Status.RUNNING, Job.leased_until < func.now()))
        oldest = select(Job.id).where(free).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        with self._sessions.begin() as session:
            taken = session.scalar(
                update(Job)
                .where(Job.id == oldest.scalar_subquery())
                .values(status=Status.RUNNING, attempts=Job.attempts + 1, leased_until=func.now() + LEASE)
                .returning(Job.id)
            )
            if taken is None:
                return None
            job = session.get_one(Job, taken, options=[joinedload(Job.location), joinedload(Job.prompt)])
            session.expunge_all()
            return job

    def _write(self, job: Job) -> str:
        sources = self._tavily.search(job.location.name)
        text = self._gemini.write(
            Template(job.prompt.text).substitute(
                location=job.location.name,
                details=json.dumps(job.location.details, ensure_ascii=False, sort_keys=True),
                sources="\n\n".join(_paragraph(source) for source in sources),
            )
        )
        self._artifacts.put(f"jobs/{job.id}/sources.json", json.dumps([asdict(s) for s in sources]), "application/json")
        key = f"jobs/{job.id}.txt"
        self._content.put(key, text)
        return key

    def _finish(self, job: Job, status: Status, *, content_key: str | None = None, error: str | None = None) -> None:
        with self._sessions.begin() as session:
            session.execute(
                update(Job)
                # Somebody else has it where the lease was over.
                .where(Job.id == job.id, Job.status == Status.RUNNING, Job.attempts == job.attempts)
                .values(status=status, content_key=content_key, error=error, finished_at=func.now())
            )
        log.info("job %d: %s%s", job.id, status, f": {error}" if error else "")


def _paragraph(source: Source) -> str:
    return f"{source.title} ({source.url})\n{source.content}"
