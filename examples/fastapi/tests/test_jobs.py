import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app.jobs import ATTEMPTS, unknown_placeholders
from app.models import Job, Location, Prompt, Status
from app.service import Services, create_app
from app.settings import Settings
from tests.outside import Outside

PROMPT = "Write of $location ($details): $sources"


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """As in a process that serves, but no job runs by itself."""
    services = Services(settings)
    yield services
    services.engine.dispose()
    services.tavily.close()
    services.gemini.close()


def add_job(services: Services) -> int:
    with services.sessions.begin() as session:
        job = Job(
            location=Location(name="Brighton", details={"country": "UK"}), prompt=Prompt(name="short", text=PROMPT)
        )
        session.add(job)
        session.flush()
        return job.id


def job(services: Services, number: int) -> Job:
    with services.sessions() as session:
        return session.get_one(Job, number)


def test_writes_a_text_of_what_it_finds(services: Services) -> None:
    number = add_job(services)

    assert services.worker.run_one()

    done = job(services, number)
    assert (done.status, done.content_key, done.error) == (Status.DONE, f"jobs/{number}.txt", None)
    assert services.content.get(f"jobs/{number}.txt") == (
        'Written from: Write of Brighton ({"country": "UK"}): A pier (https://pier.example)\nIt is long.'
    )
    sources = services.artifacts.get(f"jobs/{number}/sources.json")
    assert sources is not None
    assert json.loads(sources) == [{"title": "A pier", "url": "https://pier.example", "content": "It is long."}]


def test_does_nothing_where_no_job_waits(services: Services) -> None:
    assert not services.worker.run_one()


def test_says_why_a_job_failed(services: Services, outside: Outside) -> None:
    number = add_job(services)
    outside.status = 500

    services.worker.run_one()

    failed = job(services, number)
    assert (failed.status, failed.error) == (Status.FAILED, "Tavily: HTTP 500")
    assert not services.worker.run_one()


def test_fails_without_keys(settings: Settings, services: Services) -> None:
    number = add_job(services)
    keyless = Services(replace(settings, gemini_api_key=None))

    keyless.worker.run_one()

    assert job(services, number).error == "Gemini: GEMINI_API_KEY is not set"
    keyless.engine.dispose()
    keyless.tavily.close()
    keyless.gemini.close()


def test_shows_nothing_of_an_error_that_it_does_not_know(settings: Settings, services: Services) -> None:
    number = add_job(services)
    elsewhere = Services(replace(settings, content_bucket="no-such-bucket"))

    elsewhere.worker.run_one()

    assert job(services, number).error == "NoSuchBucket"
    elsewhere.engine.dispose()
    elsewhere.tavily.close()
    elsewhere.gemini.close()


def test_leaves_a_job_to_who_has_it(services: Services) -> None:
    number = add_job(services)
    set_running(services, number, attempts=1, lease=timedelta(minutes=1))

    assert not services.worker.run_one()


def test_takes_a_job_again_whose_worker_is_gone(services: Services) -> None:
    number = add_job(services)
    set_running(services, number, attempts=1, lease=timedelta(seconds=-1))

    assert services.worker.run_one()

    assert (job(services, number).status, job(services, number).attempts) == (Status.DONE, 2)


def test_gives_up_a_job_that_ends_its_workers(services: Services, outside: Outside) -> None:
    number = add_job(services)
    set_running(services, number, attempts=ATTEMPTS, lease=timedelta(seconds=-1))

    services.worker.run_one()

    assert job(services, number).status == Status.FAILED
    assert job(services, number).error == "was begun 3 times and never came to an end"
    assert outside.asked == []


def set_running(services: Services, number: int, attempts: int, lease: timedelta) -> None:
    with services.sessions.begin() as session:
        session.execute(
            update(Job)
            .where(Job.id == number)
            .values(status=Status.RUNNING, attempts=attempts, leased_until=datetime.now(UTC) + lease)
        )


def test_runs_what_is_asked_for_over_http(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        client.put("/locations/Brighton", json={"details": {}}).raise_for_status()
        client.post("/prompts", json={"name": "short", "text": PROMPT}).raise_for_status()
        queued = client.post("/jobs", json={"location": "Brighton", "prompt": "short"})
        assert queued.status_code == 202

        done = ended(client, queued.json()["id"])

        assert done["status"] == "done"
        assert "Write of Brighton" in client.get(f"/content/{done['content_key']}").text


def ended(client: TestClient, number: int) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"/jobs/{number}").json()
        if job["finished_at"] is not None:
            return job
        time.sleep(0.05)
    pytest.fail(f"job {number} has not ended")


def test_takes_no_job_for_what_it_does_not_know(client: TestClient) -> None:
    answer = client.post("/jobs", json={"location": "Hove", "prompt": "short"})

    assert (answer.status_code, answer.json()["detail"]) == (404, 'there is no location "Hove"')
    assert client.get("/jobs/1").status_code == 404


def test_knows_the_placeholders_of_a_prompt() -> None:
    assert unknown_placeholders("$location ${details} $sources $$") == []
    assert unknown_placeholders("$place") == ["place"]
    assert unknown_placeholders("100 $") is None
