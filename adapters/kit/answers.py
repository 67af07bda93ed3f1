"""Reads what a system answers over HTTP, and no more of it than memory should hold."""

import aiohttp

_PIECE = 64 * 1024


class TooLargeError(Exception):
    """The answer is larger than what is asked for can be; the message says how large it may be."""


async def limited(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, unpacked, of `most` bytes at most. Raises TooLargeError, or aiohttp's errors."""
    body = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > most:
            answer.close()
            raise TooLargeError(f"its answer is larger than {most} bytes")
    return bytes(body)
