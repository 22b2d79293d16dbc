"""Multi-factor authentication: factors, challenges, enrolment, verification."""
