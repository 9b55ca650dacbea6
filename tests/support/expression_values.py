"""Prints expression_values.h: expressions with their values, which Python computes with integers of any
size, fractions and its own mathematics. Usage: expression_values.py >expression_values.h"""
import math
from fractions import Fraction

N, M, A = 1000003, 64, 2.5

# The expression of a manifest, and the same in Python.
WHOLE = [
    ("n", "N"),
    ("n + m", "N + M"),
    ("n - 2 * n", "-N"),
    ("(n + m) * (n - m)", "(N + M) * (N - M)"),
    ("n / m", "N // M"),
    ("-n / m", "-(N // M)"),
    ("n / -m", "-(N // M)"),
    ("n % m", "N % M"),
    ("-n % m", "-(N % M)"),
    ("n / m * m + n % m", "N"),
    ("2 + 3 * 4 - 5", "9"),
    ("2 * 3 % 4", "2"),
    ("100 / 10 / 5", "2"),
    ("100 - 10 - 5", "85"),
    ("1 << 20", "2 ** 20"),
    ("1 + 1 << 2 + 1", "16"),
    ("-8 >> 1", "-4"),
    ("-1 >> 62", "-1"),
    ("1 << 62", "2 ** 62"),
    ("-1 << 62", "-(2 ** 62)"),
    ("9223372036854775807", "2 ** 63 - 1"),
    ("-9223372036854775807 - 1", "-(2 ** 63)"),
    ("0x7fffffffffffffff", "2 ** 63 - 1"),
    ("0xFF + 0x10", "255 + 16"),
    ("3037000499 * 3037000499", "3037000499 ** 2"),
    ("9007199254740993 + 2", "9007199254740995"),
    ("4611686018427387904 * -2", "-(2 ** 63)"),
    ("n & 0xff", "N & 255"),
    ("n | 7", "N | 7"),
    ("~n", "~N"),
    ("!n", "0"),
    ("!!n", "1"),
    ("n & 4 == 4", "N & 1"),
    ("1 | 6 & 3", "1 | (6 & 3)"),
    ("m < n", "1"),
    ("m <= 64", "1"),
    ("m > 64", "0"),
    ("m >= 65", "0"),
    ("m == 64 && n != 64", "1"),
    ("m == 63 || n == 64", "0"),
    ("0 && 1 / 0", "0"),
    ("1 || 1 / 0", "1"),
    ("5 && 7", "1"),
    ("n > 10 ? n / 10 : 1 / 0", "N // 10"),
    ("n < 10 ? 1 / 0 : m ? 3 : 4", "3"),
    ("0 ? 1 : 0 ? 2 : 3", "3"),
    ("1 ? 2 : 3 + 10", "2"),
    ("abs(-n)", "N"),
    ("abs(n - 2000000)", "2000000 - N"),
    ("min(n, m, 70)", "64"),
    ("max(n, m, 70)", "N"),
    ("max(1, 2) * 10", "20"),
    ("ceil_div(n, m)", "-(-N // M)"),
    ("ceil_div(-n, m)", "-(N // M)"),
    ("ceil_div(128, m)", "2"),
    ("ceil_div(9223372036854775807, 2)", "2 ** 62"),
    ("round_up(n, m)", "-(-N // M) * M"),
    ("round_up(-n, m)", "-(N // M) * M"),
    ("round_down(n, m)", "N // M * M"),
    ("round_down(-n, m)", "(-N // M) * M"),
    ("round_up(128, m)", "128"),
    ("pow(3, 39)", "3 ** 39"),
    ("pow(-2, 63)", "-(2 ** 63)"),
    ("pow(2, 62)", "2 ** 62"),
    ("pow(n, 0)", "1"),
    ("pow(0, 0)", "1"),
    ("pow(-1, 1000001)", "-1"),
    ("pow(10, 18)", "10 ** 18"),
    ("ilog2(n)", "N.bit_length() - 1"),
    ("ilog2(1)", "0"),
    ("ilog2(9223372036854775807)", "62"),
    ("ilog2(4611686018427387903)", "61"),
    ("pow2_ceil(n)", "1 << (N - 1).bit_length()"),
    ("pow2_ceil(64)", "64"),
    ("pow2_ceil(65)", "128"),
    ("pow2_ceil(1)", "1"),
    ("floor(a)", "math.floor(A)"),
    ("floor(-a)", "math.floor(-A)"),
    ("ceil(a)", "math.ceil(A)"),
    ("ceil(-a)", "math.ceil(-A)"),
    ("round(a)", "3"),
    ("round(-a)", "-3"),
    ("floor(log2(n))", "N.bit_length() - 1"),
    ("ceil(sqrt(n))", "math.isqrt(N - 1) + 1"),
    ("floor(1e18)", "10 ** 18"),
    ("sizeof(float)", "4"),
    ("sizeof(double4) * n", "32 * N"),
    ("sizeof(float3)", "16"),
    ("sizeof( unsigned  int )", "4"),
    ("sizeof(char) + sizeof(ushort) + sizeof(ulong16)", "1 + 2 + 128"),
    ("( ( n ) )", "N"),
    ("+n - -m", "N + M"),
    ("2*-3", "-6"),
    ("floor((sqrt(8.0 * 27 + 1) - 1) / 2)", "6"),
]
REAL = [
    ("a", "A"),
    ("1.5 + n", "1.5 + N"),
    ("n * a", "N * A"),
    ("n / 2.0", "N / 2"),
    ("1 / 3.0", "Fraction(1, 3)"),
    ("1e3", "1000"),
    ("1e-3", "Fraction(1, 1000)"),
    (".5 * 3.", "1.5"),
    ("2.5e+2", "250"),
    ("-a", "-A"),
    ("a > 2 ? 0.25 : 1", "0.25"),
    ("min(a, 7)", "A"),
    ("max(a, 7)", "7"),
    ("abs(-a)", "A"),
    ("sqrt(2)", "math.sqrt(2)"),
    ("sqrt(n) * sqrt(n)", "math.sqrt(N) * math.sqrt(N)"),
    ("exp(1)", "math.e"),
    ("log(10)", "math.log(10)"),
    ("log2(1024)", "10"),
    ("log2(a)", "math.log2(A)"),
    ("pow(a, 3)", "A ** 3"),
    ("pow(2, -2)", "0.25"),
    ("pow(2, 0.5)", "math.sqrt(2)"),
    ("9007199254740993 * 1.0", "float(9007199254740993)"),
    ("2.0 * n * n * n", "2.0 * N * N * N"),
    ("n < a", "0"),
    ("1 / 2", "0"),
]


def main():
    print("/* Printed by expression_values.py: n is %d, m is %d, a is %r. */" % (N, M, A))
    print("#pragma once\n\n#include <stdint.h>\n")
    print("static const struct whole_value {\n    const char *text;\n    int64_t value;\n} whole_values[] = {")
    for text, python in WHOLE:
        value = eval(python)  # pylint: disable=eval-used
        assert isinstance(value, int) and -2**63 <= value < 2**63, text
        number = "INT64_MIN" if value == -2**63 else "INT64_C(%d)" % value
        print('    {"%s", %s},' % (text, number))
    print("};\n\nstatic const struct real_value {\n    const char *text;\n    double value;\n} real_values[] = {")
    for text, python in REAL:
        print('    {"%s", %s},' % (text, float(eval(python)).hex()))  # pylint: disable=eval-used
    print("};")


main()
