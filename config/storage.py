"""Where files are kept: a folder, or a bucket of an object store, as STORAGE_URL says."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Seconds, and tries: a store that stands still does not hold the web for longer than gunicorn lets a request last.
CONNECT, READ, TRIES = 5, 20, 2
IN_MEMORY = 2 * 1024 * 1024
#: What stores take in one piece, at most; a file of ours is far smaller (DOCUMENT_MAX_BYTES).
IN_ONE_PIECE = 5 * 1024**3


def storage_of(url: str) -> dict[str, Any]:
    """An entry of STORAGES. s3://bucket/folder?endpoint=https://…&region=…; the keys come as boto3 finds them.

    Nothing in it is public, and no address of the bucket is ever given out: files go through the application, which
    asks who may read them.
    """
    if not url:
        return {"BACKEND": "partnerships.documents.storage.WholeFiles"}
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or asked.keys() - {"endpoint", "region"}:
        raise ImproperlyConfigured(
            "STORAGE_URL is s3://bucket, s3://bucket/folder, with ?endpoint=…&region=… if needed."
        )
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    endpoint = asked.get("endpoint")
    return {
        "BACKEND": "partnerships.documents.bucket.WholeObjects",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": endpoint,
            "region_name": asked.get("region"),
            "default_acl": None,
            "file_overwrite": False,
            "max_memory_size": IN_MEMORY,
            # In one piece: no parts of a file stay in the store when a process dies in the middle.
            "transfer_config": TransferConfig(multipart_threshold=IN_ONE_PIECE, use_threads=False),
            "client_config": Config(
                connect_timeout=CONNECT,
                read_timeout=READ,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
                signature_version="s3v4",
                # Stores other than Amazon's seldom have a host name for each bucket, and not all know its check sums.
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        },
    }
