"""The only place where the functions talk to AWS."""
