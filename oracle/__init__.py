"""Independent judges of the product: other libraries, brute force, known constructions."""
