"""Addresses of pictures at CloudFront, which shows what it finds signed and nothing else.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from grocery.settings import CdnSettings, SettingsError


class Cdn:
    def __init__(self, settings: CdnSettings) -> None:
        self._domain = settings.domain
        self._key = _key(settings.private_key)
        self._signer = CloudFrontSigner(settings.key_id, self._sign)

    def url(self, key: str, seconds: int) -> str:
        """An address that is good for so long, for whoever has it."""
        return self._signer.generate_presigned_url(
            f"https://{self._domain}/{quote(key)}", date_less_than=datetime.now(UTC) + timedelta(seconds=seconds)
        )

    def _sign(self, message: bytes) -> bytes:
        # It is SHA-1 that CloudFront verifies. What is signed is short and made here, so that nobody can look for two.
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303


def _key(pem: str) -> rsa.RSAPrivateKey:
    # Not "from" the error, which may show what it could not read.
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise SettingsError("AVATARS_CDN_PRIVATE_KEY is no private key in PEM without a passphrase") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SettingsError("AVATARS_CDN_PRIVATE_KEY is no RSA key")
    return key
