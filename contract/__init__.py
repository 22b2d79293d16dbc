"""What the API promises: routes, bodies, scopes. Pure data, read by the stack, the handlers and the gate."""
