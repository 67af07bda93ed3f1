"""Decoders and encoders compiled from schemas: exactly fastavro's answers, several times faster.

Optional: they need a C compiler and Python's headers once. What they are not sure of, they leave to
fastavro, so that what it does with broken bytes stays what happens.
"""

from schemas.compiled.library import library
from schemas.compiled.making import decoder, encoder

__all__ = ["decoder", "encoder", "library"]
