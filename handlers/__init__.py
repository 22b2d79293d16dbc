"""The code that runs in Lambda: one file per deployed function, the rules in `core`, AWS in `store`."""
