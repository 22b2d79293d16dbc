"""The program of a pipeline's role; `components/deploy` is what it is made of."""
