"""The example application: orders."""

from contract.orders.routes import ORDERS

__all__ = ["ORDERS"]
