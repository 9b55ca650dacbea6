#include "report/exported/c_text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Octal escapes have three digits at most, so that a digit behind one is not taken for a part of
 * it.
 */
void gf_c_write_string(const char *text, FILE *stream) {
    fputc('"', stream);
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c < 32 || *c > 126 || *c == '"' || *c == '\\' || *c == '?')
            fprintf(stream, "\\%03o", *c);
        else
            fputc(*c, stream);
    }
    fputc('"', stream);
}

void gf_c_write_comment(const char *text, FILE *stream) {
    char last = '\0';
    for (const char *c = text; *c != '\0'; last = *c++) {
        const bool plain = *c >= 32 && *c <= 126 && *c != '\\'; /* that might join two lines */
        if ((last == '*' && *c == '/') || (last == '/' && *c == '*') || (last == '?' && *c == '?'))
            fputc(' ', stream);
        fputc(plain ? *c : '_', stream);
    }
}

void gf_c_format_real(double number, char text[GF_C_REAL_SIZE]) {
    const double finite = isinf(number) ? copysign(DBL_MAX, number) : number;
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, GF_C_REAL_SIZE, "%.*g", digits, finite);
        if (memcmp(&(double){strtod(text, NULL)}, &finite, sizeof finite) == 0)
            break;
    }
    if (strpbrk(text, ".e") == NULL)
        strcat(text, ".0");
}
