"""The commands of `sallyport`: arguments in, text out."""
