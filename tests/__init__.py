"""Tests of Sallyport's promises."""
