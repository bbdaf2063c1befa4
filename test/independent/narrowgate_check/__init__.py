"""A second implementation of Narrowgate's formats, written from docs/spec alone.

It shares no code with the product: where both agree on the vectors and on a bundle, the specification says enough
to be implemented twice. Python 3.9 or newer; the `cryptography` package is needed for signatures alone.
"""
