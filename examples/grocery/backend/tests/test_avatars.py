from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from grocery import avatars
from tests.conftest import BUCKET

TYPE = "image/png"


@pytest.fixture
def ada(client_with_bucket: FlaskClient) -> str:
    made = client_with_bucket.post("/api/people", json={"name": "Ada"}).get_json()
    return f"/api/people/{made['id']}/avatar"


def put(key: str, body: bytes, content_type: str = TYPE) -> None:
    avatars.client().put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=content_type)


def test_an_upload_is_signed_with_its_type_and_size_for_the_buckets_own_address(
    client_with_bucket: FlaskClient, ada: str
) -> None:
    begun = client_with_bucket.post(ada, json={"contentType": TYPE, "bytes": 100})

    assert begun.status_code == 201
    upload = begun.get_json()
    assert upload["headers"] == {"Content-Type": TYPE}
    assert upload["key"].endswith(".png")
    url = urlsplit(upload["url"])
    assert url.hostname == "avatars.s3.eu-central-1.amazonaws.com"
    assert url.path == "/" + upload["key"]
    signed = parse_qs(url.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert signed["X-Amz-Expires"] == [str(upload["seconds"])]


def test_a_picture_is_shown_once_it_lies_there(client_with_bucket: FlaskClient, ada: str) -> None:
    key = client_with_bucket.post(ada, json={"contentType": TYPE, "bytes": 5}).get_json()["key"]
    assert client_with_bucket.get(ada).status_code == 404

    put(key, b"12345")
    taken = client_with_bucket.put(ada, json={"key": key})

    assert taken.get_json()["avatar"] is True
    shown = client_with_bucket.get(ada)
    assert shown.status_code == 302
    assert shown.headers["Location"].startswith(f"https://avatars.s3.eu-central-1.amazonaws.com/{key}?")
    assert "private" in shown.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("content_type", "size", "why"),
    [
        ("image/svg+xml", 10, "a picture has to be one of: image/jpeg, image/png, image/webp"),
        (TYPE, 1001, "a picture may have up to 1000 bytes, and one at least"),
        (TYPE, 0, "a picture may have up to 1000 bytes, and one at least"),
    ],
)
def test_another_type_or_size_is_refused(
    client_with_bucket: FlaskClient, ada: str, content_type: str, size: int, why: str
) -> None:
    refused = client_with_bucket.post(ada, json={"contentType": content_type, "bytes": size})

    assert (refused.status_code, refused.get_json()) == (422, {"error": why})


def test_what_lies_there_is_judged_and_not_what_was_said(client_with_bucket: FlaskClient, ada: str) -> None:
    key = client_with_bucket.post(ada, json={"contentType": TYPE, "bytes": 5}).get_json()["key"]
    assert "upload it first" in client_with_bucket.put(ada, json={"key": key}).get_json()["error"]

    put(key, b"x" * 2000)
    assert client_with_bucket.put(ada, json={"key": key}).status_code == 422
    put(key, b"<svg/>", "image/svg+xml")
    assert client_with_bucket.put(ada, json={"key": key}).status_code == 422
    assert client_with_bucket.get(ada).status_code == 404


def test_nobody_takes_anothers_picture(client_with_bucket: FlaskClient, ada: str) -> None:
    bob = client_with_bucket.post("/api/people", json={"name": "Bob"}).get_json()
    key = client_with_bucket.post(ada, json={"contentType": TYPE, "bytes": 5}).get_json()["key"]
    put(key, b"12345")

    refused = client_with_bucket.put(f"/api/people/{bob['id']}/avatar", json={"key": key})

    assert refused.get_json() == {"error": "that is not a picture of this person's"}


def test_somebody_who_is_not_there_has_no_avatar(client_with_bucket: FlaskClient) -> None:
    begun = client_with_bucket.post("/api/people/999/avatar", json={"contentType": TYPE, "bytes": 5})

    assert begun.status_code == 404


def test_a_deep_look_writes_into_the_bucket(client_with_bucket: FlaskClient) -> None:
    assert client_with_bucket.get("/api/health/deep").get_json()["avatars"] == "ok"
    assert "Contents" not in avatars.client().list_objects_v2(Bucket=BUCKET)
    avatars.client().delete_bucket(Bucket=BUCKET)

    deep = client_with_bucket.get("/api/health/deep")

    assert (deep.status_code, deep.get_json()["avatars"]) == (503, "refused: NoSuchBucket")


def test_without_a_bucket_there_are_no_avatars_and_all_else_works(client: FlaskClient) -> None:
    ada = client.post("/api/people", json={"name": "Ada"}).get_json()

    refused = client.post(f"/api/people/{ada['id']}/avatar", json={"contentType": TYPE, "bytes": 5})

    assert refused.status_code == 422
    assert client.get("/api/people").get_json() == {"people": [{"id": ada["id"], "name": "Ada", "avatar": False}]}
