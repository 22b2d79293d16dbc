"""Each factor type, against the embedded AWS and the fakes."""
