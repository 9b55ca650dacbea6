#include "manifest/expression/c_type.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "problem/problem.h"

/* OpenCL's name of a type first. */
static const struct {
    const char *name;
    gf_type type;
    bool in_vectors; /* "float4" */
} names[] = {
    {"uchar", GF_TYPE_U8, true},
    {"unsigned char", GF_TYPE_U8, false},
    {"uint8_t", GF_TYPE_U8, false},
    {"u8", GF_TYPE_U8, false},
    {"ushort", GF_TYPE_U16, true},
    {"unsigned short", GF_TYPE_U16, false},
    {"uint16_t", GF_TYPE_U16, false},
    {"u16", GF_TYPE_U16, false},
    {"uint", GF_TYPE_U32, true},
    {"unsigned int", GF_TYPE_U32, false},
    {"unsigned", GF_TYPE_U32, false},
    {"uint32_t", GF_TYPE_U32, false},
    {"u32", GF_TYPE_U32, false},
    {"ulong", GF_TYPE_U64, true},
    {"unsigned long", GF_TYPE_U64, false},
    {"uint64_t", GF_TYPE_U64, false},
    {"u64", GF_TYPE_U64, false},
    {"char", GF_TYPE_I8, true},
    {"signed char", GF_TYPE_I8, false},
    {"int8_t", GF_TYPE_I8, false},
    {"i8", GF_TYPE_I8, false},
    {"short", GF_TYPE_I16, true},
    {"int16_t", GF_TYPE_I16, false},
    {"i16", GF_TYPE_I16, false},
    {"int", GF_TYPE_I32, true},
    {"signed int", GF_TYPE_I32, false},
    {"int32_t", GF_TYPE_I32, false},
    {"i32", GF_TYPE_I32, false},
    {"long", GF_TYPE_I64, true},
    {"int64_t", GF_TYPE_I64, false},
    {"i64", GF_TYPE_I64, false},
    {"float", GF_TYPE_F32, true},
    {"f32", GF_TYPE_F32, false},
    {"double", GF_TYPE_F64, true},
    {"f64", GF_TYPE_F64, false},
};

/* The components in memory that a vector's ending stands for; 0: it is none. */
static uint32_t components_of(const char *ending) {
    static const struct {
        const char *ending;
        uint32_t components;
    } widths[] = {{"", 1}, {"2", 2}, {"3", 4}, {"4", 4}, {"8", 8}, {"16", 16}};
    for (size_t i = 0; i < GF_COUNT_OF(widths); i++) {
        if (strcmp(widths[i].ending, ending) == 0)
            return widths[i].components;
    }
    return 0;
}

bool gf_c_type_find(const char *text, gf_c_type *found) {
    for (size_t i = 0; i < GF_COUNT_OF(names); i++) {
        const size_t length = strlen(names[i].name);
        if (strncmp(text, names[i].name, length) != 0)
            continue;
        const uint32_t components = components_of(text + length);
        if (components == 1 || (components > 1 && names[i].in_vectors)) {
            *found = (gf_c_type){names[i].type, components};
            return true;
        }
    }
    return false;
}

const char *gf_c_type_name(gf_type type) {
    for (size_t i = 0; i < GF_COUNT_OF(names); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return "?";
}

bool gf_type_is_real(gf_type type) {
    return type == GF_TYPE_F32 || type == GF_TYPE_F64;
}

bool gf_type_is_signed(gf_type type) {
    return type >= GF_TYPE_I8 && type <= GF_TYPE_I64;
}

int64_t gf_type_most(gf_type type) {
    const unsigned bits = 8 * (unsigned)gf_type_size(type) - (gf_type_is_signed(type) ? 1 : 0);
    return bits >= 63 ? INT64_MAX : (INT64_C(1) << bits) - 1;
}
