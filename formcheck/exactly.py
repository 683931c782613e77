"""Values of known classes as JSON and blocks of numbers: exactly, and safe to read.

Reading makes nothing but values of the classes that are given, so a file from anywhere can at worst
be refused; unlike a pickle, nothing in it is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blocks", "Packer", "Unpacker"]

Blocks = Mapping[str, NDArray[Any]]
"""Type of number, as NumPy writes it → all numbers of that type, one after the other."""

_DTYPES = ("<f8", "<f4", "<i8", "<i4", "|b1", "|i1")
_NAMED = ("o", "e")
_MAPS = ("d", "m")
_PLAIN = (str, bool, int, float, type(None))


class Packer:
    """Takes values apart.

    Args:
        classes: Dataclasses and enumerations that may be met; their names have to differ.
    """

    def __init__(self, classes: Iterable[type]) -> None:
        self._classes = {cls: cls.__name__ for cls in classes}
        self._parts: dict[str, list[NDArray[Any]]] = {}
        self._lengths: dict[str, int] = {}

    def plain(self, value: object) -> Any:
        """A value as what JSON knows; arrays go to the blocks.

        Raises:
            TypeError: it is, or holds, something of another class.
        """
        if isinstance(value, _PLAIN) and not isinstance(value, Enum):
            # NumPy's own floats are Python's as well.
            return float(value) if isinstance(value, float) else value
        if isinstance(value, (tuple, list)):
            kind = "t" if isinstance(value, tuple) else "l"
            return [kind, *map(self.plain, value)]
        if isinstance(value, Mapping):
            kind = "m" if isinstance(value, MappingProxyType) else "d"
            return [kind, *([self.plain(k), self.plain(v)] for k, v in value.items())]
        return self._array(value) if isinstance(value, np.ndarray) else self._named(value)

    def blocks(self) -> Blocks:
        """The numbers of all arrays that were met."""
        return {dtype: np.concatenate(parts) for dtype, parts in self._parts.items()}

    def _array(self, array: NDArray[Any]) -> list[Any]:
        dtype = array.dtype.str
        if dtype not in _DTYPES:
            raise TypeError(f"an array of {dtype}")
        at = self._lengths.get(dtype, 0)
        self._parts.setdefault(dtype, []).append(array.ravel())
        self._lengths[dtype] = at + array.size
        return ["a", dtype, at, *array.shape]

    def _named(self, value: object) -> list[Any]:
        name = self._name(value)
        if isinstance(value, Enum):
            return ["e", name, value.name]
        if not is_dataclass(value):
            raise TypeError(f"{name} is no dataclass")
        return ["o", name, *(self.plain(getattr(value, field.name)) for field in fields(value))]

    def _name(self, value: object) -> str:
        try:
            return self._classes[type(value)]
        except KeyError:
            raise TypeError(f"{type(value).__name__} is not among the known classes") from None


class Unpacker:
    """Puts values together again.

    Args:
        classes: As they were given to :class:`Packer`.
        blocks: What it gave.
    """

    def __init__(self, classes: Iterable[type], blocks: Blocks) -> None:
        self._classes = {cls.__name__: cls for cls in classes}
        self._blocks = blocks

    def value(self, plain: Any) -> Any:
        """The value that :meth:`Packer.plain` took apart.

        Raises:
            ValueError, TypeError, KeyError, IndexError: it is none.
        """
        if not isinstance(plain, list):
            return plain
        kind, *rest = plain
        if kind == "a":
            return self._array(rest)
        if kind in _NAMED:
            return self._named(kind, *rest)
        if kind in _MAPS:
            known = {self.value(key): self.value(one) for key, one in rest}
            return known if kind == "d" else MappingProxyType(known)
        values = [self.value(one) for one in rest]
        return values if kind == "l" else tuple(values)

    def _named(self, kind: str, name: str, *rest: Any) -> Any:
        cls: Any = self._classes[name]
        return cls[rest[0]] if kind == "e" else cls(*[self.value(one) for one in rest])

    def _array(self, where: Sequence[Any]) -> NDArray[Any]:
        dtype, at, *shape = where
        size = int(np.prod(shape, dtype=np.int64))
        array: NDArray[Any] = self._blocks[dtype][at : at + size].reshape(shape)
        return array
