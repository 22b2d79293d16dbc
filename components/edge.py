"""Edge: the secret that the distribution adds to each request, and by whose hash functions know it."""

import hashlib

import pulumi
import pulumi_random as random

from components.settings import Settings

SECRET_LENGTH = 64


class Edge(pulumi.ComponentResource):
    """The secrets of `edgeSecretGeneration`, which requests carry, and of the one before, which functions know too."""

    secret: pulumi.Output[str]

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Edge", name, None, opts)
        now = settings.edge_secret_generation
        secrets = [self._secret(f"{name}-secret-{generation}") for generation in (now, now - 1)]
        self.secret = secrets[0]
        hashes = pulumi.Output.all(*secrets).apply(lambda known: " ".join(map(_sha256, known)))
        self._hashes = pulumi.Output.unsecret(hashes)  # of 380 random bits: nothing to guess
        self.environment: dict[str, pulumi.Input[str]] = {"EDGE_SECRET_HASHES": self._hashes}
        self.register_outputs({})

    def _secret(self, name: str) -> pulumi.Output[str]:
        made = random.RandomPassword(
            name, length=SECRET_LENGTH, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        return made.result


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
