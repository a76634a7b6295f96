"""Student's t and chi-squared distributions, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable

_TINY = 1e-300
_CLOSE = 1e-15
_MOST_STEPS = 100_000


def student_p(t: float, degrees: float) -> float:
    """The two-sided p-value of a `t` with `degrees` of freedom: how likely one is that far out.

    It is the regularised incomplete beta function of degrees / (degrees + t²), see NIST DLMF,
    8.17, and Abramowitz and Stegun, 26.7.1.
    """
    square = t * t
    if math.isinf(square):
        return 0.0
    total = degrees + square
    return incomplete_beta(degrees / 2, 0.5, degrees / total, square / total)


def student_quantile(confidence: float, degrees: float) -> float:
    """The t that a two-sided test at this `confidence` (0.95) has to exceed."""
    return _inverse(lambda t: student_p(t, degrees), 1 - confidence)


def chi_squared_p(value: float, degrees: int) -> float:
    """How likely a chi-squared of `value` or more is with `degrees` of freedom.

    It is the regularised upper incomplete gamma function: Abramowitz and Stegun, 26.4.19.
    """
    return _upper_gamma(degrees / 2, value / 2) if value > 0 else 1.0


def incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function I_x(a, b), where `rest` is 1 - x, told apart so
    that nothing is lost where x is close to 1.

    By the continued fraction of Press et al., Numerical Recipes, 3rd edition, 6.4 (NIST DLMF
    8.17.22), which converges fast below the mean of the distribution; above, by symmetry.
    """
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logarithm + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _beta_fraction(a, b, x) / a)
    return max(0.0, 1 - front * _beta_fraction(b, a, rest) / b)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction by the method of Lentz, two terms a step."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            result *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return result


def _upper_gamma(a: float, x: float) -> float:
    """Q(a, x): by its series below a + 1, else by Lentz's continued fraction (Numerical Recipes,
    6.2; NIST DLMF 8.7.1 and 8.9.2)."""
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return max(0.0, 1 - front * _gamma_series(a, x))
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    result = d
    for i in range(1, _MOST_STEPS):
        term = -i * (i - a)
        b += 2
        d = 1 / _not_zero(term * d + b)
        c = _not_zero(b + term / c)
        result *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return min(1.0, front * result)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for i in range(1, _MOST_STEPS):
        term *= x / (a + i)
        total += term
        if term < total * _CLOSE:
            break
    return total


def _inverse(falling: Callable[[float], float], wanted: float) -> float:
    """Where a function that falls from 1 to 0 has a value, by bisection."""
    low, high = 0.0, 1.0
    while falling(high) > wanted:
        low, high = high, 2 * high
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if falling(middle) > wanted else (low, middle)
    return (low + high) / 2


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
