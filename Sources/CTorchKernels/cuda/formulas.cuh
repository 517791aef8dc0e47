// The table of formulas as types: real_formula::add::of(x, y), integer_formula::…, boolean_formula::…,
// complex_formula::… .
#define SELECT(c, a, b) ((c) ? E(a) : E(b))
#define CONSTANT(c) E(c)
#define INF E((double)INFINITY)

#define IN_1 E x
#define IN_2 E x, E y
#define IN_3 E x, E y, E z
#define IN_4 E x, E y, E z, E w
#define RESULT_SAME E
#define RESULT_TRUTH bool
#define RESULT_PART auto
#define FUNCTION(name, n, Result, e) struct name { template <class E> static Result of(IN_##n) { return e; } };

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

namespace real_formula {
#define ST_REAL(name, n, result, e) FUNCTION(name, n, RESULT_##result, e)
#include "formulas.inc"
}
namespace integer_formula {
#define ST_INTEGER(name, n, result, e) FUNCTION(name, n, RESULT_##result, e)
#include "formulas.inc"
}
namespace boolean_formula {
#define ST_BOOLEAN(name, n, result, e) FUNCTION(name, n, bool, (e) != 0)
#include "formulas.inc"
}

#undef MUL
#define MUL TIMES
namespace complex_formula {
#define ST_COMPLEX(name, n, result, e) FUNCTION(name, n, RESULT_##result, e)
#include "formulas.inc"
}
#undef MUL
