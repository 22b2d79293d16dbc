"""The example application: orders."""

from components.orders.component import Orders

__all__ = ["Orders"]
