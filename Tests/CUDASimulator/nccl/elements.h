// Elements of NCCL's types, and their combination. Half types are rounded after each addition, as a card's ring does,
// in the order of the ranks; a real ring has another order, which its topology determines.
#pragma once
#include <nccl.h>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace nccl {
static inline size_t size_of(ncclDataType_t type) {
  switch (type) {
  case ncclInt8:
  case ncclUint8:
  case ncclFloat8e4m3:
  case ncclFloat8e5m2: return 1;
  case ncclFloat16:
  case ncclBfloat16: return 2;
  case ncclInt32:
  case ncclUint32:
  case ncclFloat32: return 4;
  case ncclInt64:
  case ncclUint64:
  case ncclFloat64: return 8;
  default: return 0;
  }
}

struct BFloat16 {
  uint16_t bits;
  BFloat16() = default;
  BFloat16(float f) {
    uint32_t wide;
    memcpy(&wide, &f, 4);
    bits = f != f ? 0x7fc0 : (uint16_t)((wide + 0x7fff + ((wide >> 16) & 1)) >> 16);
  }
  operator float() const {
    uint32_t wide = (uint32_t)bits << 16;
    float f;
    memcpy(&f, &wide, 4);
    return f;
  }
};

template <class T, class Wide> static void combine(T *into, const T *from, size_t count, ncclRedOp_t op) {
  for (size_t i = 0; i < count; i++) {
    Wide a = (Wide)into[i], b = (Wide)from[i];
    switch (op) {
    case ncclProd: a = a * b; break;
    case ncclMax: a = b > a || a != a ? b : a; break;
    case ncclMin: a = b < a || a != a ? b : a; break;
    default: a = a + b; break;
    }
    into[i] = (T)a;
  }
}
// An average of floating-point numbers is a sum of elements that were multiplied before; one of integers is divided
// after the sum.
template <class T> static void scale(T *elements, size_t count, int processes, bool before) {
  constexpr bool is_integer = std::is_integral<T>::value;
  if (before == is_integer) return;
  for (size_t i = 0; i < count; i++) {
    if constexpr (is_integer) {
      elements[i] = (T)(elements[i] / (T)processes);
    } else if constexpr (sizeof(T) == 8) {
      elements[i] = elements[i] * (1.0 / processes);
    } else {
      elements[i] = (T)((float)elements[i] * (float)(T)(1.0f / (float)processes));
    }
  }
}

template <class Body> static void with_type(ncclDataType_t type, Body body) {
  // Sums and products of signed integers are computed in a wider type, so that they wrap around.
  switch (type) {
  case ncclInt8: return body((int8_t *)nullptr, (int)0);
  case ncclUint8: return body((uint8_t *)nullptr, (unsigned)0);
  case ncclInt32: return body((int32_t *)nullptr, (int64_t)0);
  case ncclUint32: return body((uint32_t *)nullptr, (uint32_t)0);
  case ncclInt64: return body((int64_t *)nullptr, (__int128)0);
  case ncclUint64: return body((uint64_t *)nullptr, (uint64_t)0);
  case ncclFloat16: return body((_Float16 *)nullptr, (float)0);
  case ncclBfloat16: return body((BFloat16 *)nullptr, (float)0);
  case ncclFloat32: return body((float *)nullptr, (float)0);
  case ncclFloat64: return body((double *)nullptr, (double)0);
  default: return;
  }
}
}  // namespace nccl
