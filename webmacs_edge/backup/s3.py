"""Signs requests to S3-style storage (AWS Signature Version 4): all that we need of it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from webmacs_edge.model.times import from_ms

EMPTY = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNED = "host;x-amz-content-sha256;x-amz-date"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who asks, and where."""

    access_key: str
    secret: str = field(repr=False)
    region: str = "us-east-1"

    def headers(
        self, method: str, url: str, *, content_sha256: str = EMPTY, at_ms: int
    ) -> Mapping[str, str]:
        """What the request must carry; its URL has no query."""
        moment = from_ms(at_ms).strftime("%Y%m%dT%H%M%SZ")
        parts = urlsplit(url)
        asked = "\n".join(
            (
                method, quote(parts.path, safe="/-_.~%"), "",
                f"host:{parts.netloc}", f"x-amz-content-sha256:{content_sha256}",
                f"x-amz-date:{moment}", "", _SIGNED, content_sha256,
            )
        )  # fmt: skip
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(asked.encode()).hexdigest()
        to_sign = "\n".join((_ALGORITHM, moment, scope, digest))
        signature = hmac.new(self._key(moment[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
        return {
            "x-amz-date": moment,
            "x-amz-content-sha256": content_sha256,
            "Authorization": f"{_ALGORITHM} Credential={self.access_key}/{scope}, "
            f"SignedHeaders={_SIGNED}, Signature={signature}",
        }

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), hashlib.sha256)
        return key
