import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from flask.testing import FlaskClient

from grocery.cdn import Cdn
from grocery.settings import CdnSettings, Settings, SettingsError
from tests.conftest import BUCKET, served
from tests.test_avatars import put

DOMAIN = "d111111abcdef8.cloudfront.net"
KEY_ID = "K2JCJMDEHXQW5F"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def cdn(key: rsa.RSAPrivateKey) -> CdnSettings:
    return CdnSettings(DOMAIN, KEY_ID, pem(key))


@pytest.fixture
def client_with_cdn(settings: Settings, bucket: str, cdn: CdnSettings) -> Iterator[FlaskClient]:
    with served(replace(settings, avatars_bucket=bucket, avatar_bytes=1000, avatars_cdn=cdn)) as client:
        yield client


def verify(key: rsa.RSAPrivateKey, url: str) -> None:
    policy, signature = signed(url)
    key.public_key().verify(signature, policy, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - CloudFront's


def decoded(text: str) -> bytes:
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")))


def signed(url: str) -> tuple[bytes, bytes]:
    """What CloudFront verifies, as its guide says: the policy, which it makes of the address, and the signature."""
    query = parse_qs(urlsplit(url).query)
    policy = {
        "Statement": [
            {
                "Resource": url.partition("?")[0],
                "Condition": {"DateLessThan": {"AWS:EpochTime": int(query["Expires"][0])}},
            }
        ]
    }
    return json.dumps(policy, separators=(",", ":")).encode(), decoded(query["Signature"][0])


def test_an_address_is_signed_for_one_picture_and_some_minutes(cdn: CdnSettings, key: rsa.RSAPrivateKey) -> None:
    url = Cdn(cdn).url("people/1/ab.png", 900)

    parts = urlsplit(url)
    query = parse_qs(parts.query)
    assert (parts.scheme, parts.hostname, parts.path) == ("https", DOMAIN, "/people/1/ab.png")
    assert query["Key-Pair-Id"] == [KEY_ID]
    assert 890 < int(query["Expires"][0]) - datetime.now(UTC).timestamp() <= 900
    verify(key, url)
    with pytest.raises(InvalidSignature):
        verify(key, url.replace("/1/", "/2/"))


def test_a_picture_is_shown_by_the_cdn_and_sent_to_the_bucket(client_with_cdn: FlaskClient) -> None:
    made = client_with_cdn.post("/api/people", json={"name": "Ada"}).get_json()
    avatar = f"/api/people/{made['id']}/avatar"
    begun = client_with_cdn.post(avatar, json={"contentType": "image/png", "bytes": 5}).get_json()
    put(begun["key"], b"12345")
    client_with_cdn.put(avatar, json={"key": begun["key"]})

    shown = client_with_cdn.get(avatar)

    assert urlsplit(begun["url"]).hostname == f"{BUCKET}.s3.eu-central-1.amazonaws.com"
    assert shown.status_code == 302
    assert shown.headers["Location"].startswith(f"https://{DOMAIN}/{begun['key']}?Expires=")
    assert "private" in shown.headers["Cache-Control"]


def test_what_is_no_key_for_it_ends_the_start_and_is_not_shown(cdn: CdnSettings) -> None:
    with pytest.raises(SettingsError, match="AVATARS_CDN_PRIVATE_KEY is no private key") as told:
        Cdn(replace(cdn, private_key="geheim"))
    assert "geheim" not in str(told.value)
    with pytest.raises(SettingsError, match="AVATARS_CDN_PRIVATE_KEY is no RSA key"):
        Cdn(replace(cdn, private_key=pem(ec.generate_private_key(ec.SECP256R1()))))
    assert "PRIVATE" not in repr(cdn)


def test_a_cdn_is_told_as_a_whole_or_not_at_all() -> None:
    database = {"DATABASE_URL": "postgresql://app@db.example.com/grocery"}
    whole = {"AVATARS_CDN_DOMAIN": DOMAIN, "AVATARS_CDN_KEY_ID": KEY_ID, "AVATARS_CDN_PRIVATE_KEY": "pem"}

    assert Settings.read(database).avatars_cdn is None
    assert Settings.read({**database, **whole}).avatars_cdn == CdnSettings(DOMAIN, KEY_ID, "pem")
    with pytest.raises(SettingsError) as told:
        Settings.read({**database, "AVATARS_CDN_DOMAIN": DOMAIN})
    assert str(told.value).splitlines() == [
        "AVATARS_CDN_KEY_ID is not set, and the others of the CDN are",
        "AVATARS_CDN_PRIVATE_KEY is not set, and the others of the CDN are",
    ]
