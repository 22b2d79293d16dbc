"""Objects of S3 buckets."""

import base64
import mimetypes
from urllib.parse import urlencode

from sallyport.local.engine import Made, ResourceError
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, present
from sallyport.local.rpc import Asset


class BucketObject(ResourceHandler):
    """aws.s3.BucketObject."""

    token = "aws:s3/bucketObject:BucketObject"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        bucket: str,
        key: str | None = None,
        source: Asset | None = None,
        content: str | None = None,
        content_base64: str | None = None,
        content_type: str | None = None,
        cache_control: str | None = None,
        metadata: dict[str, str] | None = None,
        etag: str | None = None,
        source_hash: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the object. Outputs: arn, key, etag."""
        name = key or call.name
        if source is not None:
            body = source.content
        elif content_base64 is not None:
            body = base64.b64decode(content_base64)
        elif content is not None:
            body = content.encode()
        else:
            raise ResourceError("an object has a source, content or contentBase64")
        tagging = urlencode(tags) if tags else None
        guessed = content_type or mimetypes.guess_type(name)[0]
        made = call.aws("s3").put_object(
            Bucket=bucket,
            Key=name,
            Body=body,
            **present(
                ContentType=guessed,
                CacheControl=cache_control,
                Metadata=metadata,
                Tagging=tagging,
            ),
        )
        outputs = {"key": name, "arn": f"arn:aws:s3:::{bucket}/{name}", "etag": made["ETag"].strip('"')}
        return Made(f"{bucket}/{name}", {**outputs, "bucket": bucket})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the newest version of the object."""
        call.aws("s3").delete_object(Bucket=outputs["bucket"], Key=outputs["key"])


class BucketObjectv2(BucketObject):
    """aws.s3.BucketObjectv2."""

    token = "aws:s3/bucketObjectv2:BucketObjectv2"  # noqa: S105
