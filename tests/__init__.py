"""What Sallyport promises, checked."""
