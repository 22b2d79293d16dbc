"""What runs in Lambda: one deployed function a file, the rules in `core`, AWS in `store`."""
