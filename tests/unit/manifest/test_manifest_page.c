/* docs/your-own-kernel.md has every section, key and function, as the reader knows them, and its
 * examples are manifests. */
#include "manifest_files.h"

#include "manifest/expression/arithmetic.h"
#include "manifest/parse/text/keys.h"

static char page[65536];

static void read_page(void) {
    FILE *stream = fopen(PAGE, "r");
    cr_assert_not_null(stream, "%s", PAGE);
    const size_t length = fread(page, 1, sizeof page - 1, stream);
    fclose(stream);
    cr_assert_lt(length, sizeof page - 1);
    page[length] = '\0';
}

TestSuite(manifest_page, .init = read_page, .timeout = 60);

static size_t count(const char *text, const char *what) {
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        found++;
    return found;
}

/* The heading and the table of a section, whose rows are those of the reader. */
static void expect_section(const gf_manifest_section *section) {
    static const char *const endings[] = {
        [GF_UNNAMED] = "", [GF_NAMED] = " NAME", [GF_MAYBE_NAMED] = " FUNCTION"};
    char heading[64], table[8192];
    snprintf(heading, sizeof heading, "\n### `[%s%s]`\n", section->kind, endings[section->naming]);
    const char *begin = strstr(page, heading);
    cr_assert_not_null(begin, "the page lacks %s", heading);
    const char *next = strstr(begin + strlen(heading), "\n### ");
    strcpy(table, "\n\n| key | value | without it | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < section->key_count; i++) {
        const gf_manifest_key *key = &section->keys[i];
        sprintf(table + strlen(table), "| `%s` | %s | %s | %s |\n", key->name, key->takes,
                key->otherwise, key->help);
    }
    const char *found = strstr(begin, table);
    cr_expect(found != NULL && (next == NULL || found < next), "the page lacks:%s%s", heading,
              table);
    if (section->most > 1) {
        char most[24];
        snprintf(most, sizeof most, "most %u.\n", section->most);
        found = strstr(begin, most);
        cr_expect(found != NULL && (next == NULL || found < next), "%s lacks: %s", heading, most);
    }
}

Test(manifest_page, has_every_section_and_key) {
    for (size_t i = 0; i < gf_manifest_section_count; i++)
        expect_section(&gf_manifest_sections[i]);
    cr_expect_eq(count(page, "\n### `["), gf_manifest_section_count);
}

Test(manifest_page, has_every_function) {
    const char *table = strstr(page, "| function | value |"), *end = strstr(table, "\n\n");
    char part[2048], call[40];
    cr_assert_lt((size_t)(end - table), sizeof part);
    snprintf(part, sizeof part, "%.*s", (int)(end - table), table);
    size_t functions = 0;
    for (const char *name; (name = gf_function_name(functions)) != NULL; functions++) {
        snprintf(call, sizeof call, "`%s(", name);
        cr_expect_eq(count(part, call), 1, "%s", call);
    }
    cr_expect_eq(count(part, "(a") + count(part, "(x)") + count(part, "(n"), functions);
}

/* ---- Examples ---------------------------------------------------------- */

/* The next block of a language, behind *at; false: there is none. */
static bool next_block(const char **at, const char *language, char *block, size_t size) {
    char fence[16];
    snprintf(fence, sizeof fence, "\n```%s\n", language);
    const char *begin = strstr(*at, fence);
    if (begin == NULL)
        return false;
    begin += strlen(fence);
    const char *end = strstr(begin, "\n```\n");
    snprintf(block, size, "%.*s", (int)(end + 1 - begin), begin);
    *at = end;
    return true;
}

/* The blocks of C are, in turn: a kernel, the twin of the first one, the other kernels. */
Test(manifest_page, examples_are_manifests) {
    char ini[2048], kernel[2048], twin[2048];
    const char *inis = page, *sources = page;
    size_t examples = 0;
    while (next_block(&inis, "ini", ini, sizeof ini)) {
        gf_manifest *manifest = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_assert(next_block(&sources, "c", kernel, sizeof kernel));
        if (examples == 0) {
            cr_assert(next_block(&sources, "c", twin, sizeof twin));
            cr_expect_eq(count(ini, "\n"), 10, "these are not ten lines:\n%s", ini);
            strcat(ini, "[twin]\n");
        }
        char *root = manifest_folder(ini);
        made_tree_write(root, "/saxpy.cl", kernel);
        made_tree_write(root, "/saxpy.c", twin);
        cr_expect_eq(manifest_load_from(root, &manifest, &error), GF_OK, "%s\n%s", error.text, ini);
        gf_manifest_free(manifest);
        examples++;
    }
    cr_expect_eq(examples, 3);
}

/* The messages that the page shows are those of the reader. */
Test(manifest_page, messages_are_those_of_the_reader) {
    static const struct {
        const char *ini;
        unsigned line;
    } rows[] = {{"[kernel]\nglobal = 1\n[buffer x]\nshap = 1\n", 4},
                {"[kernel]\nglobal = 1\n[parameter n]\ndefault = 1\n[parameter a]\ndefault = 1.0\n"
                 "[buffer x]\n\nshape = n - 1\n[buffer y]\nshape = n\n",
                 9}};
    for (size_t i = 0; i < 2; i++) {
        gf_manifest *manifest = NULL;
        gf_error error = GF_ERROR_INIT;
        char *root = manifest_folder(rows[i].ini);
        cr_assert_eq(manifest_load_from(root, &manifest, &error), GF_USAGE);
        const char *text = strstr(error.text, "saxpy.ini:") + strlen("saxpy.ini:");
        cr_expect_eq(strtoul(text, NULL, 10), rows[i].line);
        cr_expect_not_null(strstr(page, strchr(text, ':')), "%s", error.text);
    }
}
