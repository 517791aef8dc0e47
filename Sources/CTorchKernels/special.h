// Special functions of one double, for the formula table. Accurate to 1e-13 or better, relative to the function's value
// away from its zeros.
#ifndef ST_SPECIAL_H
#define ST_SPECIAL_H

// Without __noinline__, a GPU's compiler would inline them for every element that a thread computes.
#ifdef __CUDACC_RTC__
#define ST_CALLED __noinline__
#else
#define ST_CALLED
#endif

/// Bessel functions of the first and second kind. Y is NaN for x < 0.
ST_CALLED double st_bessel_j0(double x);
ST_CALLED double st_bessel_j1(double x);
ST_CALLED double st_bessel_y0(double x);
ST_CALLED double st_bessel_y1(double x);
/// Modified Bessel functions. The scaled ones are exp(-|x|) I1(x), exp(x) K0(x), exp(x) K1(x). K is NaN for x < 0.
ST_CALLED double st_bessel_i1(double x);
ST_CALLED double st_bessel_i1e(double x);
ST_CALLED double st_bessel_k0(double x);
ST_CALLED double st_bessel_k0e(double x);
ST_CALLED double st_bessel_k1(double x);
ST_CALLED double st_bessel_k1e(double x);
/// The Airy function Ai.
ST_CALLED double st_airy_ai(double x);

/// The scaled complementary error function: exp(x²) erfc(x).
ST_CALLED double st_erfcx(double x);
/// The inverse of the normal distribution's cumulative distribution function.
ST_CALLED double st_ndtri(double p);

/// The Hurwitz zeta function: the sum of (k + q)^-s over k >= 0.
ST_CALLED double st_zeta(double s, double q);
/// The n-th derivative of the digamma function, n > 0.
ST_CALLED double st_polygamma(double n, double x);
/// The regularized incomplete gamma functions P(a, x) and Q(a, x).
ST_CALLED double st_igamma(double a, double x);
ST_CALLED double st_igammac(double a, double x);

/// The derivative of a draw from the standard gamma distribution by its concentration: -(dF/da) / (dF/dx), with the
/// distribution function F(x; a). As in PyTorch, an approximation.
ST_CALLED double st_standard_gamma_grad(double a, double x);
/// The derivative of the first part of a draw from Beta(a, total - a) by `a`, divided by 1 - x. As in PyTorch, an
/// approximation.
ST_CALLED double st_dirichlet_grad(double x, double a, double total);

/// Orthogonal polynomials of degree n. n is truncated to an integer; a negative degree gives 0. The shifted ones are
/// these at 2x - 1.
ST_CALLED double st_chebyshev_t(double x, double n);
ST_CALLED double st_chebyshev_u(double x, double n);
ST_CALLED double st_chebyshev_v(double x, double n);
ST_CALLED double st_chebyshev_w(double x, double n);
/// NaN if the degree is above 512.
ST_CALLED double st_hermite_h(double x, double n);
ST_CALLED double st_hermite_he(double x, double n);
ST_CALLED double st_laguerre(double x, double n);
ST_CALLED double st_legendre(double x, double n);

/// Decompose x = mantissa · 2^exponent, with a mantissa in [1/2, 1).
ST_CALLED double st_mantissa(double x);
ST_CALLED double st_exponent(double x);

/// Compute y[i] = f(x[i]), and z[i] = f(x[i], y[i]).
void st_each(double (*f)(double), int n, double *y, const double *x);
void st_each_pair(double (*f)(double, double), int n, double *z, const double *x, const double *y);
void st_each_triple(double (*f)(double, double, double), int n, double *w, const double *x, const double *y,
                    const double *z);

#endif
