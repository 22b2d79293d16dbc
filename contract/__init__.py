"""The contract of the API: routes, bodies, scopes. Pure data, read by the stack, the handlers and the authorizer."""
