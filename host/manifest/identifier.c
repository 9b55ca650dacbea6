#include "manifest/identifier.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "manifest/expression/c_type.h"

/* Words of C and of OpenCL C that are no types (c_type.h has those). */
static const char *const words[] = {
    "auto",     "bool",    "break",    "case",      "const",      "constant",   "continue",
    "default",  "do",      "else",     "enum",      "extern",     "for",        "generic",
    "global",   "goto",    "half",     "if",        "inline",     "kernel",     "local",
    "pipe",     "private", "register", "restrict",  "return",     "signed",     "size_t",
    "sizeof",   "static",  "struct",   "switch",    "typedef",    "union",      "void",
    "volatile", "while",   "main",     "read_only", "read_write", "write_only", "uniform"};

static bool is_shaped(const char *name) {
    if (name[0] >= '0' && name[0] <= '9')
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        if (!gf_is_word(*c))
            return false;
    }
    return name[0] != '\0';
}

const char *gf_identifier_refuse(const char *name) {
    gf_c_type type;
    if (!is_shaped(name))
        return " is no C name; use letters, digits and _, with a letter first";
    if (strlen(name) > GF_IDENTIFIER_LENGTH)
        return " is longer than 31 characters; shorten it";
    bool is_word = gf_c_type_find(name, &type) || (name[0] == '_' && name[1] == '_');
    for (size_t i = 0; i < GF_COUNT_OF(words); i++)
        is_word = is_word || strcmp(words[i], name) == 0;
    return is_word ? " is a word of C or OpenCL C; choose another name" : NULL;
}
