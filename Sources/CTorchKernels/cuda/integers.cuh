// The integer functions of formulas.inc. They give the CPU's results (pointwise_integer.inc). Unsigned words wrap.
template <class I> struct Wrapping { typedef uint32_t type; };
template <> struct Wrapping<int64_t> { typedef uint64_t type; };
template <> struct Wrapping<uint64_t> { typedef uint64_t type; };

template <class I> I integer_add(I a, I b) {
  return (I)((typename Wrapping<I>::type)a + (typename Wrapping<I>::type)b);
}
template <class I> I integer_sub(I a, I b) {
  return (I)((typename Wrapping<I>::type)a - (typename Wrapping<I>::type)b);
}
template <class I> I integer_mul(I a, I b) {
  return (I)((typename Wrapping<I>::type)a * (typename Wrapping<I>::type)b);
}
// Division by zero gives 0. The smallest number divided by -1 wraps.
template <class I> I integer_divide(I x, I y) {
  return y == 0 ? I(0) : I(-1) < 0 && y == I(-1) ? integer_sub<I>(0, x) : I(x / y);
}
template <class I> I integer_mod(I x, I y) { return y == 0 || (I(-1) < 0 && y == I(-1)) ? I(0) : I(x % y); }
template <class I> I integer_remainder(I x, I y) {
  I m = integer_mod(x, y);
  return m != 0 && (m < 0) != (y < 0) ? I(m + y) : m;
}
template <class I> I integer_floor_divide(I x, I y) {
  I q = integer_divide(x, y);
  return (x < 0) != (y < 0) && integer_mul(q, y) != x && y != 0 ? I(q - 1) : q;
}
template <class I> I integer_pow(I x, I y) {
  if (y < 0) return x == 1 ? I(1) : x == I(-1) ? I(y & 1 ? -1 : 1) : I(0);
  I result = 1;
  for (; y != 0; y = I(y >> 1), x = integer_mul(x, x)) {
    if (y & 1) result = integer_mul(result, x);
  }
  return result;
}
template <class I> I integer_gcd(I x, I y) {
  I a = x < 0 ? integer_sub<I>(0, x) : x, b = y < 0 ? integer_sub<I>(0, y) : y;
  while (a != 0) {
    I rest = integer_mod(b, a);
    b = a;
    a = rest;
  }
  return b;
}
template <class I> I integer_lcm(I x, I y) {
  typedef typename Wrapping<I>::type W;
  I g = integer_gcd(x, y);
  if (g == 0) return 0;
  W product = (W)integer_divide(x, g) * (W)y;
  return (I)(product >> (8 * sizeof(W) - 1) ? 0 - product : product);
}
// A shift by more bits than the type has, or by a negative number, shifts all bits out.
template <class I> bool shifts_out(I y) { return y < 0 || y >= I(8 * sizeof(I)); }
template <class I> I integer_left_shift(I x, I y) {
  return shifts_out(y) ? I(0) : (I)((typename Wrapping<I>::type)x << y);
}
template <class I> I integer_right_shift(I x, I y) { return shifts_out(y) ? I(x < 0 ? -1 : 0) : I(x >> y); }
