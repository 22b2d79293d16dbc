"""What every resource has to be: plain functions, for the tests and for `pulumi preview --policy-pack policy`."""
