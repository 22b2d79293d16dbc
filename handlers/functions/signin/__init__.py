"""Signing in, with one factor or two."""
