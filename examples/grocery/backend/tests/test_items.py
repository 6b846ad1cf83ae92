from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from grocery.settings import Settings
from tests.conftest import served


def test_an_item_is_added_changed_and_removed(client: FlaskClient) -> None:
    made = client.post("/api/items", json={"name": " milk ", "quantity": 2})
    assert made.status_code == 201
    item = made.get_json()
    assert item == {"id": item["id"], "name": "milk", "quantity": 2, "bought": False, "personId": None}

    changed = client.patch(f"/api/items/{item['id']}", json={"bought": True, "name": "oat milk"})
    assert changed.get_json() == {**item, "bought": True, "name": "oat milk"}
    assert client.get("/api/items").get_json() == {"items": [changed.get_json()]}

    assert client.delete(f"/api/items/{item['id']}").status_code == 204
    assert client.get("/api/items").get_json() == {"items": []}


def test_what_is_bought_comes_last(client: FlaskClient) -> None:
    first = client.post("/api/items", json={"name": "bread"}).get_json()
    client.post("/api/items", json={"name": "salt"})
    client.patch(f"/api/items/{first['id']}", json={"bought": True})

    assert [item["name"] for item in client.get("/api/items").get_json()["items"]] == ["salt", "bread"]


def test_what_is_not_there_is_not_found(client: FlaskClient) -> None:
    for ended in (
        client.patch("/api/items/1", json={"bought": True}),
        client.delete("/api/items/1"),
        client.get("/api/nothing"),
    ):
        assert (ended.status_code, ended.get_json()) == (404, {"error": "not found"})


def test_all_that_is_wrong_is_told_at_once(client: FlaskClient) -> None:
    ended = client.post("/api/items", json={"name": "", "quantity": True, "price": 3})

    assert ended.status_code == 400
    assert ended.get_json()["error"] == (
        "name has to be a text of 1 to 200 characters; quantity has to be a whole number from 1 to 999; "
        "price is not known here"
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"milk"'])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, body: bytes) -> None:
    ended = client.post("/api/items", data=body, content_type="application/json")

    assert ended.status_code == 400
    assert "JSON object" in ended.get_json()["error"]


def test_a_change_of_nothing_is_refused(client: FlaskClient) -> None:
    assert client.patch("/api/items/1", json={}).status_code == 400


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    assert client.post("/api/items", json={"name": "x" * 70_000}).status_code in (400, 413)


def test_an_item_can_be_somebodys(client: FlaskClient) -> None:
    ada = client.post("/api/people", json={"name": "Ada"}).get_json()

    assert client.post("/api/items", json={"name": "tea", "personId": ada["id"]}).get_json()["personId"] == ada["id"]
    assert client.post("/api/items", json={"name": "tea", "personId": 999}).status_code == 422
    assert client.post("/api/people", json={"name": "Ada"}).status_code == 409


class TestWithAReplica:
    @pytest.fixture
    def client(self, settings: Settings, replica: str) -> Iterator[FlaskClient]:
        with served(Settings(settings.database_url, replica, 2)) as client:
            yield client

    def test_reads_go_to_the_replica_and_writes_to_the_primary(self, client: FlaskClient) -> None:
        client.post("/api/items", json={"name": "milk"})

        read = client.get("/api/items")
        assert (read.headers["X-Read-From"], read.get_json()["items"]) == ("replica", [])
        fresh = client.get("/api/items?fresh=1")
        assert fresh.headers["X-Read-From"] == "primary"
        assert [item["name"] for item in fresh.get_json()["items"]] == ["milk"]

    def test_a_deep_look_asks_both(self, client: FlaskClient) -> None:
        assert client.get("/api/health/deep").get_json() == {"database": "ok", "replica": "ok", "release": "unknown"}


# Nobody listens there.
NOWHERE = "postgresql://app:geheim@127.0.0.1:1/none"


def test_a_replica_that_is_lost_is_no_reason_to_fail(settings: Settings) -> None:
    with served(Settings(settings.database_url, NOWHERE, 2)) as client:
        client.post("/api/items", json={"name": "milk"})

        for _ in range(3):
            read = client.get("/api/items")
            assert (read.status_code, read.headers["X-Read-From"]) == (200, "primary")
            assert len(read.get_json()["items"]) == 1
        deep = client.get("/api/health/deep")
        assert (deep.status_code, deep.get_json()["replica"]) == (200, "can't be reached")


def test_without_the_primary_health_is_cheap_and_the_rest_says_so(database: str) -> None:
    with served(Settings(NOWHERE, database, 2)) as client:
        assert client.get("/api/health").get_json() == {"status": "ok", "release": "unknown"}
        assert client.get("/api/items").status_code == 200
        ended = client.post("/api/items", json={"name": "milk"})
        assert (ended.status_code, ended.get_json()) == (503, {"error": "the database can't be used now"})
        assert client.get("/api/health/deep").status_code == 503
