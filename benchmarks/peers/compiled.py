"""The thin fold's bytes by what is compiled from its schemas; fastavro where that is not sure."""

from typing_extensions import override

from benchmarks.peers import thin
from benchmarks.peers.thin import Fields
from schemas.compiled import decoder, encoder, library


class CompiledShape(thin.Shape):
    """A shape, read and written by compiled code. Raises RuntimeError where there is none."""

    def __init__(self, shape: thin.Shape) -> None:
        super().__init__(shape.name, shape.number)
        text = thin.definition(shape.name)
        read, write = decoder(text, head=self.head), encoder(text, head=self.head)
        if read is None or write is None:
            raise RuntimeError(f"{shape.name} is not compiled: {library().missing}")
        self._read, self._write = read, write

    @override
    def encode(self, fields: Fields) -> bytes:
        return self._write(fields) or super().encode(fields)

    @override
    def decode(self, data: bytes) -> Fields:
        return self._read(data) or super().decode(data)
