"""For operators: what is, why it is so, what is wrong, and going live."""
