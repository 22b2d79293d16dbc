"""What a stack costs: units of use (`usage.toml`) times prices (`prices.toml`), and what others ask for the same."""
