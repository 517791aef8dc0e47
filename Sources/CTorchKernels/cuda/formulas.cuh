// The table of formulas as types: formula::add::real(x, y), ::integer, ::boolean, and complex_formula::add::complex.
#define SELECT(c, a, b) ((c) ? E(a) : E(b))
#define CONSTANT(c) E(c)
#define INF E((double)INFINITY)

#define IN_1 E x
#define IN_2 E x, E y
#define IN_3 E x, E y, E z
#define IN_4 E x, E y, E z, E w
#define REAL(n, Result, e) template <class E> static Result real(IN_##n) { return e; }
#define INTEGER(n, Result, e) template <class E> static Result integer(IN_##n) { return e; }
#define BOOLEAN(n, e) template <class E> static bool boolean(IN_##n) { return (e) != 0; }

#define ADD(a, b) integer_add<E>(a, b)
#define SUB(a, b) integer_sub<E>(a, b)
#define MUL(a, b) integer_mul<E>(a, b)
#define INTEGER_DIVIDE integer_divide<E>
#define INTEGER_MOD integer_mod<E>
#define INTEGER_REMAINDER integer_remainder<E>
#define INTEGER_FLOOR_DIVIDE integer_floor_divide<E>
#define INTEGER_POW integer_pow<E>
#define INTEGER_GCD integer_gcd<E>
#define INTEGER_LCM integer_lcm<E>
#define INTEGER_LEFT_SHIFT integer_left_shift<E>
#define INTEGER_RIGHT_SHIFT integer_right_shift<E>

namespace formula {
#define UNARY_FLOAT(name, cost, e) struct name { REAL(1, E, e) };
#define UNARY_ARITHMETIC(name, cost, e, i) struct name { REAL(1, E, e) INTEGER(1, E, i) };
#define UNARY_ANY(name, cost, e, i) struct name { REAL(1, E, e) INTEGER(1, E, i) BOOLEAN(1, i) };
#define UNARY_BITWISE(name, cost, i, b) struct name { INTEGER(1, E, i) BOOLEAN(1, b) };
#define UNARY_PREDICATE(name, cost, e, i) struct name { REAL(1, bool, e) INTEGER(1, bool, (i) != 0) BOOLEAN(1, i) };
#define BINARY_FLOAT(name, cost, e) struct name { REAL(2, E, e) };
#define BINARY_ARITHMETIC(name, cost, e, i) struct name { REAL(2, E, e) INTEGER(2, E, i) };
#define BINARY_ANY(name, cost, e, i) struct name { REAL(2, E, e) INTEGER(2, E, i) BOOLEAN(2, i) };
#define BINARY_INTEGER(name, cost, i) struct name { INTEGER(2, E, i) };
#define BINARY_BITWISE(name, cost, i, b) struct name { INTEGER(2, E, i) BOOLEAN(2, b) };
#define BINARY_PREDICATE(name, cost, e, i) struct name { REAL(2, bool, e) INTEGER(2, bool, (i) != 0) BOOLEAN(2, i) };
#define TERNARY_FLOAT(name, cost, e) struct name { REAL(3, E, e) };
#define TERNARY_ARITHMETIC(name, cost, e, i) struct name { REAL(3, E, e) INTEGER(3, E, i) };
#define TERNARY_ANY(name, cost, e, i) struct name { REAL(3, E, e) INTEGER(3, E, i) BOOLEAN(3, i) };
#define QUATERNARY_FLOAT(name, cost, e) struct name { REAL(4, E, e) };
#define QUATERNARY_ARITHMETIC(name, cost, e, i) struct name { REAL(4, E, e) INTEGER(4, E, i) };
#include "formulas.inc"
}  // namespace formula

#undef MUL
#define MUL TIMES
#define COMPLEX(n, Result, e) { template <class E> static Result complex(IN_##n) { return e; } };
namespace complex_formula {
#define UNARY_COMPLEX(name, e) struct name COMPLEX(1, E, e)
#define UNARY_COMPLEX_REAL(name, e) struct name COMPLEX(1, auto, e)
#define UNARY_COMPLEX_PREDICATE(name, e) struct name COMPLEX(1, bool, e)
#define BINARY_COMPLEX(name, e) struct name COMPLEX(2, E, e)
#define BINARY_COMPLEX_PREDICATE(name, e) struct name COMPLEX(2, bool, e)
#define TERNARY_COMPLEX(name, e) struct name COMPLEX(3, E, e)
#define QUATERNARY_COMPLEX(name, e) struct name COMPLEX(4, E, e)
#include "formulas.inc"
}  // namespace complex_formula
#undef MUL
