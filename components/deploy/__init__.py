"""DeployRole: what a pipeline may do to one stage, and nothing else. `deploy/` is the program that makes it."""

from components.deploy.role import DeployRole, DeployRoleArgs

__all__ = ["DeployRole", "DeployRoleArgs"]
