/* Texts and numbers in C sources that gpufare writes. */
#pragma once

#include <stdio.h>

#include "gpufare.h"

#define GF_C_REAL_SIZE 32

/* A string literal, quotes included; whatever a driver calls its device, it is ASCII and has no
 * trigraphs. */
void gf_c_write_string(const char *text, FILE *stream);
/* A text inside a comment, which it can't end. */
void gf_c_write_comment(const char *text, FILE *stream);
/* A constant of type double that is exactly this number; the largest finite one for INFINITY. */
void gf_c_format_real(double number, char text[GF_C_REAL_SIZE]);
