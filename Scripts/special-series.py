#!/usr/bin/env python3
"""Computes the series that Sources/CTorchKernels/special.c evaluates, and prints them as special_series.h. Needs
mpmath."""

from mpmath import (
    airyai,
    airybi,
    besseli,
    besselj,
    besselk,
    bessely,
    cos,
    erfc,
    exp,
    log,
    mp,
    mpf,
    nstr,
    pi,
    rf,
    sin,
    sqrt,
)

mp.dps = 60
NODES = 96


def chebyshev(f):
    """Returns the Chebyshev coefficients of f on [-1, 1], highest first. Coefficients that are too small for a double
    are left out. The constant term has half weight."""
    values = [f(cos(pi * (j + mpf(1) / 2) / NODES)) for j in range(NODES)]
    c = [
        2 * sum(v * cos(pi * k * (j + mpf(1) / 2) / NODES) for j, v in enumerate(values)) / NODES for k in range(NODES)
    ]
    least = max(abs(x) for x in c) * mpf("2e-18")
    last = max(k for k in range(NODES) if abs(c[k]) > least)
    assert last < NODES - 8, "no convergence"
    return c[last::-1]


def table(name, comment, numbers):
    print(f"// {comment}")
    print(f"static const double {name}[{len(numbers)}] = {{")
    texts = [nstr(x, 20, min_fixed=0, max_fixed=0) for x in numbers]
    for i in range(0, len(texts), 6):
        print("  " + ", ".join(texts[i : i + 6]) + ",")
    print("};")


def of_square(f, limit):
    """Maps t to x² in [0, limit²]."""
    return lambda t: f(limit * sqrt((t + 1) / 2))


def of_inverse(f, least, power=1):
    """Maps t to (least / x)^power in (0, 1]."""
    return lambda t: f(least / ((t + 1) / 2) ** (mpf(1) / power))


def modulus(order, part):
    """Returns P or Q · x / 8, where J = sqrt(2 / πx) (P cos χ - Q sin χ), Y = sqrt(2 / πx) (P sin χ + Q cos χ), χ = x -
    (order / 2 + 1/4) π."""

    def f(x):
        chi = x - (mpf(order) / 2 + mpf(1) / 4) * pi
        j, y, scale = besselj(order, x), bessely(order, x), sqrt(pi * x / 2)
        return scale * (j * cos(chi) + y * sin(chi)) if part == "p" else scale * (y * cos(chi) - j * sin(chi)) * x / 8

    return of_inverse(f, mpf(8), 2)


def airy_far(part):
    """Returns P or Q · ζ / (16/3), where Ai(-z) = (P sin θ - Q cos θ) / (sqrt(π) z^(1/4)), θ = ζ + π/4, ζ = (2/3)
    z^(3/2)."""

    def f(zeta):
        z = (mpf(3) / 2 * zeta) ** (mpf(2) / 3)
        theta, scale = zeta + pi / 4, sqrt(pi) * z ** (mpf(1) / 4)
        a, b = airyai(-z) * scale, airybi(-z) * scale
        return a * sin(theta) + b * cos(theta) if part == "p" else (b * sin(theta) - a * cos(theta)) * zeta * 3 / 16

    return of_inverse(f, mpf(16) / 3, 2)


def airy_right(zeta):
    x = (mpf(3) / 2 * zeta) ** (mpf(2) / 3)
    return airyai(x) * 2 * sqrt(pi) * x ** (mpf(1) / 4) * exp(zeta)


def temme(orders, terms):
    """Returns the coefficients of Temme's uniform expansion of the incomplete gamma functions (DLMF 8.12.12), in rows
    by the power of 1/a."""
    count = terms + 2 * orders + 2
    # η² / 2 = x²/2 - x³/3 + … with x = λ - 1, so η = x sqrt(1 - 2x/3 + 2x²/4 - …).
    inside = [mpf(2) * (-1) ** k / (k + 2) for k in range(count + 1)]
    root = [mpf(1)]
    for k in range(1, count + 1):
        root.append((inside[k] - sum(root[i] * root[k - i] for i in range(1, k))) / 2)
    # x = Σ alpha_n η^n with alpha_n = [x^(n-1)] (x / η)^n / n.
    inverse = [mpf(1)]
    for k in range(1, count + 1):
        inverse.append(-sum(root[i] * inverse[k - i] for i in range(1, k + 1)))
    alpha, power = [mpf(0)], [mpf(1)] + [mpf(0)] * count
    for n in range(1, count + 1):
        power = [sum(power[i] * inverse[k - i] for i in range(k + 1)) for k in range(count + 1)]
        alpha.append(power[n - 1] / n)
    # The coefficients of the scaled gamma function, DLMF 5.11.3 and 5.11.5.
    a = [sqrt(mpf(2)) / 2]
    for k in range(1, 2 * orders + 1):
        ak = (a[-1] / k - sum(a[j] * a[k - j] / (j + 1) for j in range(1, k))) / (a[0] * (1 + mpf(1) / (k + 1)))
        a.append(ak)
    g = [sqrt(mpf(2)) * rf(mpf(1) / 2, k) * a[2 * k] for k in range(orders + 1)]
    rows = [[-mpf(1) / 3] + [(n + 2) * alpha[n + 2] for n in range(1, count - 1)]]
    for k in range(1, orders):
        before = rows[-1]
        rows.append([(-1) ** k * g[k] * rows[0][n] + (n + 2) * before[n + 2] for n in range(len(before) - 2)])
    return [x for row in rows for x in row[:terms]]


print("// Printed by Scripts/special-series.py. Chebyshev series, highest term first, in 2t for t in [-1, 1].")
eight = mpf(8)
table("j0_near", "J0(x), t = x² / 32 - 1", chebyshev(of_square(lambda x: besselj(0, x), eight)))
table(
    "y0_near",
    "Y0(x) - (2 / π) log(x) J0(x), t = x² / 32 - 1",
    chebyshev(of_square(lambda x: bessely(0, x) - 2 / pi * log(x) * besselj(0, x), eight)),
)
table("j1_near", "J1(x) / x, t = x² / 32 - 1", chebyshev(of_square(lambda x: besselj(1, x) / x, eight)))
table(
    "y1_near",
    "(Y1(x) - (2 / π) (log(x) J1(x) - 1 / x)) / x, t = x² / 32 - 1",
    chebyshev(of_square(lambda x: (bessely(1, x) - 2 / pi * (log(x) * besselj(1, x) - 1 / x)) / x, eight)),
)
for order in (0, 1):
    table(
        f"p{order}_far",
        f"P of J{order} and Y{order} = sqrt(2 / πx) (P cos χ - Q sin χ), sqrt(2 / πx) (P sin χ + Q cos χ), t = 2 (8 / x)² - 1",
        chebyshev(modulus(order, "p")),
    )
    table(f"q{order}_far", "Q x / 8 of the same", chebyshev(modulus(order, "q")))
table(
    "i1_near",
    "exp(-x) I1(x) / x, t = x / 4 - 1",
    chebyshev(lambda t: exp(-4 * (t + 1)) * besseli(1, 4 * (t + 1)) / (4 * (t + 1))),
)
table(
    "i1_far",
    "exp(-x) sqrt(x) I1(x), t = 16 / x - 1",
    chebyshev(of_inverse(lambda x: exp(-x) * sqrt(x) * besseli(1, x), eight)),
)
two = mpf(2)
table(
    "k0_near",
    "K0(x) + log(x / 2) I0(x), t = x² / 2 - 1",
    chebyshev(of_square(lambda x: besselk(0, x) + log(x / 2) * besseli(0, x), two)),
)
table(
    "k0_far",
    "exp(x) sqrt(x) K0(x), t = 4 / x - 1",
    chebyshev(of_inverse(lambda x: exp(x) * sqrt(x) * besselk(0, x), two)),
)
table(
    "k1_near",
    "x (K1(x) - log(x / 2) I1(x)), t = x² / 2 - 1",
    chebyshev(of_square(lambda x: x * (besselk(1, x) - log(x / 2) * besseli(1, x)), two)),
)
table(
    "k1_far",
    "exp(x) sqrt(x) K1(x), t = 4 / x - 1",
    chebyshev(of_inverse(lambda x: exp(x) * sqrt(x) * besselk(1, x), two)),
)
table("airy_near", "Ai(x), t = (x + 1) / 3", chebyshev(lambda t: airyai(3 * t - 1)))
table(
    "airy_right",
    "2 sqrt(π) x^(1/4) exp(ζ) Ai(x), ζ = (2/3) x^(3/2), t = 2 ζ(2) / ζ - 1",
    chebyshev(of_inverse(airy_right, mpf(2) / 3 * two ** (mpf(3) / 2))),
)
table(
    "airy_left_p",
    "P of Ai(-z) = (P sin θ - Q cos θ) / (sqrt(π) z^(1/4)), θ = ζ + π/4, t = 2 (ζ(4) / ζ)² - 1",
    chebyshev(airy_far("p")),
)
table("airy_left_q", "Q ζ / ζ(4) of the same", chebyshev(airy_far("q")))


def scaled_erfc(t):
    x = mpf(15) / 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * exp(x * x) * erfc(x)


table("erfcx_series", "(1 + 2x) exp(x²) erfc(x), t = (x - 3.75) / (x + 3.75)", chebyshev(scaled_erfc))
print(
    "// Temme's expansion of the incomplete gamma functions (DLMF 8.12): rows of the powers of 1/a, columns of the powers of η."
)
print("enum { temme_orders = 8, temme_terms = 24 };")
table("temme", "Row by row.", temme(8, 24))
