"""How each group of test/vectors is put to the second implementation."""
