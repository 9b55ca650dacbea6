"""Arrays of the host that other libraries hand over as DLPack capsules (the ABI before version 1, which
every library still speaks unless it is asked for another)."""
from __future__ import annotations

import ctypes
from typing import Any, Optional, Tuple

# Device types whose memory the host reads and writes: the CPU's, and what CUDA and ROCm pin of it.
_HOST_MEMORY = {1: "CPU", 3: "CUDA host", 11: "ROCm host"}
_CODES = {0: "i", 1: "u", 2: "f", 5: "c"}


class _Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
                ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _is_contiguous(tensor: _Tensor) -> bool:
    expected = 1
    for i in reversed(range(tensor.ndim)):
        if tensor.strides and tensor.shape[i] > 1 and tensor.strides[i] != expected:
            return False
        expected *= tensor.shape[i]
    return True


def host_array(thing: Any) -> "Optional[Tuple[Any, int, str, int, bool]]":
    """What keeps the memory, its address, the type of an element ("f4"), how many there are, and whether
    they lie without gaps. None: this is no DLPack array. TypeError: it is on a device."""
    if not hasattr(thing, "__dlpack__") or not hasattr(thing, "__dlpack_device__"):
        return None
    if int(thing.__dlpack_device__()[0]) not in _HOST_MEMORY:
        raise TypeError("lies on a device; move it to the host")
    capsule = thing.__dlpack__()  # frees the tensor with itself
    tensor = _Tensor.from_address(_pointer_of(capsule, b"dltensor"))
    count = 1
    for i in range(tensor.ndim):
        count *= tensor.shape[i]
    element = f"{_CODES.get(tensor.code, '?')}{tensor.bits // 8}" if tensor.lanes == 1 else "?"
    return capsule, (tensor.data or 0) + tensor.byte_offset, element, count, _is_contiguous(tensor)
