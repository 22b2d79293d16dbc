"""Each kind of factor, against the embedded AWS and the fakes."""
