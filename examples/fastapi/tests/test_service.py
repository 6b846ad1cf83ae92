from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import URL

from app import storage
from app.service import create_app
from app.settings import Settings
from tests.outside import Outside


def test_answers_health_without_a_database(settings: Settings) -> None:
    nowhere = replace(settings, database_url=URL.create("postgresql+psycopg", host="127.0.0.1", port=1))

    with TestClient(create_app(nowhere)) as client:
        assert client.get("/health").json() == {"status": "ok"}


def test_says_which_release_serves(client: TestClient) -> None:
    answer = client.get("/version")

    assert answer.json() == {"release": "r1"}
    assert answer.headers["X-Release"] == "r1"


def test_tries_database_and_bucket(client: TestClient) -> None:
    answer = client.get("/health/deep")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "bucket": "ok"}}
    assert storage.client().list_objects_v2(Bucket="content")["KeyCount"] == 0


def test_says_which_of_them_fails(settings: Settings) -> None:
    nowhere = URL.create("postgresql+psycopg", "app", "hunter2", "127.0.0.1", 1, "app")
    broken = replace(settings, database_url=nowhere, content_bucket="no-such-bucket")

    with TestClient(create_app(broken)) as client:
        answer = client.get("/health/deep")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failed",
        "checks": {"database": "OperationalError", "bucket": "NoSuchBucket"},
    }


def test_keeps_what_is_known_of_a_place(client: TestClient) -> None:
    client.put("/locations/Brighton", json={"details": {"country": "England"}}).raise_for_status()
    client.put("/locations/Brighton", json={"details": {"country": "UK"}}).raise_for_status()

    assert client.get("/locations/Brighton").json()["details"] == {"country": "UK"}
    assert client.get("/locations/Hove").status_code == 404


def test_keeps_prompts(client: TestClient) -> None:
    made = client.post("/prompts", json={"name": "short", "text": "Write of $location for $$5."})

    assert made.status_code == 201
    assert client.get("/prompts").json() == [made.json()]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It costs $ 5", "text: a $ that is no placeholder is written $$"),
        ("Of $town and $price", "text: there is no $price, $town; there are $details, $location, $sources"),
    ],
)
def test_takes_no_prompt_that_no_job_can_fill_in(client: TestClient, text: str, reason: str) -> None:
    answer = client.post("/prompts", json={"name": "bad", "text": text})

    assert (answer.status_code, answer.json()["detail"]) == (422, reason)
    assert client.get("/prompts").json() == []


def test_takes_a_prompt_once(client: TestClient) -> None:
    client.post("/prompts", json={"name": "short", "text": "a"})
    again = client.post("/prompts", json={"name": "short", "text": "b"})

    assert (again.status_code, again.json()["detail"]) == (409, 'there is a prompt "short" already')


@pytest.mark.parametrize("path", [f"/locations/{'a' * 201}", "/locations/a%00b"])
def test_refuses_what_a_database_does_not_keep(client: TestClient, path: str) -> None:
    assert client.put(path, json={}).status_code == 422
    assert client.get("/jobs/9999999999").status_code == 422


def test_says_when_the_database_is_away(settings: Settings) -> None:
    nowhere = URL.create("postgresql+psycopg", "app", "hunter2", "127.0.0.1", 1, "app")

    with TestClient(create_app(replace(settings, database_url=nowhere))) as client:
        answer = client.get("/prompts")

    assert (answer.status_code, answer.json()["detail"]) == (503, "the database can't be used now")


def test_keeps_content_in_its_bucket(client: TestClient) -> None:
    assert client.put("/content/a/b.txt", json={"text": "Grüße"}).status_code == 204
    assert client.get("/content/a/b.txt").text == "Grüße"

    assert client.get("/content/").status_code == 422
    assert client.delete("/content/a/b.txt").status_code == 204
    assert client.get("/content/a/b.txt").status_code == 404


def test_searches_the_web(client: TestClient, outside: Outside) -> None:
    found = client.get("/search", params={"q": "pier"})

    assert found.json() == [{"title": "A pier", "url": "https://pier.example", "content": "It is long."}]
    assert [(a.path, a.body["query"]) for a in outside.asked] == [("/search", "pier")]


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (503, "", "Tavily: HTTP 503"),
        (401, "", "Tavily: doesn't take the key (HTTP 401)"),
        (200, "hello", "Tavily: its answer is no JSON"),
        (200, "{}", "Tavily: its answer has no results"),
    ],
)
def test_says_what_an_api_did_wrong(client: TestClient, outside: Outside, status: int, text: str, reason: str) -> None:
    outside.status, outside.text = status, text

    answer = client.get("/search", params={"q": "pier"})

    assert (answer.status_code, answer.json()["detail"]) == (502, reason)


def test_says_when_an_api_can_not_be_reached(settings: Settings) -> None:
    with TestClient(create_app(replace(settings, tavily_url="http://127.0.0.1:1"))) as client:
        answer = client.get("/search", params={"q": "pier"})

    assert (answer.status_code, answer.json()["detail"]) == (502, "Tavily: can't be reached (ConnectError)")


def test_wants_the_token_where_there_is_one(settings: Settings) -> None:
    with TestClient(create_app(replace(settings, api_token="t0ken"))) as client:
        assert client.get("/health").status_code == 200
        assert client.get("/prompts").status_code == 401
        assert client.get("/prompts", headers={"Authorization": "Bearer other"}).status_code == 401
        assert client.get("/prompts", headers={"Authorization": "Bearer t0ken"}).status_code == 200
