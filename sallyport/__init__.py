"""The `sallyport` command and the engine of the local stack."""
