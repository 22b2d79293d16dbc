"""Explicit providers."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler


class Provider(ResourceHandler):
    """aws.Provider. The embedded AWS is one region, so resources of any provider are made in it."""

    token = "pulumi:providers:aws"  # noqa: S105

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Make nothing."""
        Provider.configuration(**inputs)
        return Made(call.name)

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Change nothing."""
        Provider.configuration(**inputs)
        return {}

    @staticmethod
    def configuration(
        *,
        region: str | None = None,
        skip_credentials_validation: bool | None = None,
        skip_region_validation: bool | None = None,
    ) -> dict[str, object]:
        """Return nothing: AWS has no providers. The last two are what Pulumi sets by itself."""
        return {}
