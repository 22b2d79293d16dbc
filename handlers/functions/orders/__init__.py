"""The example application: orders."""
