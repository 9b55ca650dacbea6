#include "manifest/parse/launches.h"

#include <ctype.h>
#include <string.h>

/* ---- Work-groups ------------------------------------------------------- */

/* The x between two sides of "16x16" or "n x m"; the end if there is none. It stands behind a
 * number, or alone, and is no part of a name or of 0x10. */
static const char *find_times(const char *at) {
    while (*at != '\0') {
        const bool hex = at[0] == '0' && at[1] == 'x' && isxdigit((unsigned char)at[2]);
        size_t length = 0;
        while (isalnum((unsigned char)at[length]) || at[length] == '_')
            length++;
        const size_t digits = strspn(at, "0123456789");
        if (!hex && digits > 0 && at[digits] == 'x')
            return at + digits;
        if (length == 1 && *at == 'x')
            return at;
        at += length > 0 ? length : 1;
    }
    return at;
}

static bool read_sides(gf_builder *b, const gf_ini_entry *entry, const char *text,
                       gf_manifest_kernel *kernel, gf_expression **sides) {
    uint32_t count = 0;
    for (const char *at = text;;) {
        const char *end = find_times(at);
        char *side = gf_pool_copy(b->manifest->pool, at, (size_t)(end - at));
        if (side == NULL)
            return gf_build_no_memory(b);
        if (count < kernel->dimensions &&
            !gf_build_expression(b, entry, side, GF_PLACES_TUNABLES, &sides[count]))
            return false;
        count++;
        if (*end == '\0')
            break;
        at = end + 1;
    }
    if (count == kernel->dimensions)
        return true;
    return gf_build_fail(b, entry->line,
                         "local: %.60s has %u side%s, but global has %u; give as many, such as %s",
                         text, count, count == 1 ? "" : "s", kernel->dimensions,
                         kernel->dimensions == 1   ? "64"
                         : kernel->dimensions == 2 ? "16x16"
                                                   : "8x8x4");
}

static bool read_local(gf_builder *b, const gf_ini_section *section, gf_manifest_kernel *kernel) {
    const gf_ini_entry *entry = gf_ini_find(section, "local");
    gf_pieces pieces;
    if (entry == NULL)
        return true;
    if (!gf_build_split(b, entry, 16, &pieces))
        return false;
    kernel->local = gf_pool_allocate(b->manifest->pool, (size_t)pieces.count * kernel->dimensions,
                                     sizeof *kernel->local);
    if (kernel->local == NULL)
        return gf_build_no_memory(b);
    for (uint32_t i = 0; i < pieces.count; i++) {
        if (!read_sides(b, entry, pieces.items[i], kernel, &kernel->local[i * kernel->dimensions]))
            return false;
        kernel->local_count++;
    }
    return true;
}

/* Without candidates the driver chooses the work-group, so that nothing may depend on it. */
static bool check_uses_of_local(gf_builder *b, const gf_function *function,
                                const gf_manifest_kernel *kernel) {
    if (kernel->local_count > 0)
        return true;
    for (uint32_t i = 0; i < kernel->dimensions; i++) {
        if (gf_expression_uses(kernel->global[i]) & GF_PLACES_LOCAL)
            return gf_build_fail(b, gf_expression_line(kernel->global[i]),
                                 "global uses the work-group, but %s has no local; add local = 64 "
                                 "or the like",
                                 function->name);
    }
    for (uint32_t i = 0; i < kernel->arguments.count; i++) {
        const gf_argument *argument = &kernel->arguments.items[i];
        if (argument->value != NULL && (gf_expression_uses(argument->value) & GF_PLACES_LOCAL))
            return gf_build_fail(
                b, gf_expression_line(argument->value),
                "%s uses the work-group, but %s has no local; add local = 64 or the "
                "like to [kernel]",
                argument->name, function->name);
    }
    return true;
}

/* ---- Launches ---------------------------------------------------------- */

static bool read_global(gf_builder *b, const gf_ini_section *section, gf_manifest_kernel *kernel) {
    const gf_ini_entry *entry = gf_ini_find(section, "global");
    gf_pieces pieces;
    if (!gf_build_split(b, entry, GF_MANIFEST_DIMENSIONS, &pieces))
        return false;
    kernel->dimensions = pieces.count;
    for (uint32_t i = 0; i < pieces.count; i++) {
        if (!gf_build_expression(b, entry, pieces.items[i], GF_PLACES_LAUNCH, &kernel->global[i]))
            return false;
    }
    return true;
}

bool gf_build_launches(gf_builder *b) {
    for (uint32_t k = 0; k < b->manifest->kernel_count; k++) {
        gf_manifest_kernel *kernel = &b->manifest->kernels[k];
        const gf_function *function = &b->kernels[k];
        if (!read_global(b, function->section, kernel) ||
            !read_local(b, function->section, kernel) || !check_uses_of_local(b, function, kernel))
            return false;
    }
    return true;
}
