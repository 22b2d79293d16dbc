"""The `sallyport` command: running the stack on this machine, inspecting it, and checking any stack by its outputs."""
