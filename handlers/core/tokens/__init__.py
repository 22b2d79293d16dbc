"""Access tokens: claims, signing keys, verification, and permissions of callers."""
