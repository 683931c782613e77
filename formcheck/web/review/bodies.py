"""What a request brings along, up to a size."""

from __future__ import annotations

from starlette.requests import Request

__all__ = ["body_of"]


async def body_of(request: Request, most_bytes: int) -> bytes | None:
    """The body of a request, or None when it is too large; no more of it is read then."""
    body = bytearray()
    async for some in request.stream():
        body += some
        if len(body) > most_bytes:
            return None
    return bytes(body)
