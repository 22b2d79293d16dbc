"""Users, addresses, passwords, and mail to users."""
