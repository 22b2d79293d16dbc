"""Functions as other people write them. They run in the peers' environment, as on Lambda."""
