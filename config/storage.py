"""Where files are kept: a folder, or a bucket of an object store, as STORAGE_URL says."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Seconds, so that a store that stands still does not hold the web.
CONNECT, READ = 5, 30
IN_MEMORY = 2 * 1024 * 1024


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
    from botocore.config import Config

    endpoint = asked.get("endpoint")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": endpoint,
            "region_name": asked.get("region"),
            "default_acl": None,
            "file_overwrite": False,
            "max_memory_size": IN_MEMORY,
            "client_config": Config(
                connect_timeout=CONNECT,
                read_timeout=READ,
                retries={"max_attempts": 3, "mode": "standard"},
                signature_version="s3v4",
                # Stores other than Amazon's seldom have a host name for each bucket, and not all know its check sums.
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        },
    }
