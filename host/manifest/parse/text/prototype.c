#include "manifest/parse/text/prototype.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* ---- Words ------------------------------------------------------------- */

typedef struct word {
    const char *text;
    size_t length;
} word;

static bool word_is(word w, const char *text) {
    return w.length == strlen(text) && memcmp(w.text, text, w.length) == 0;
}

/* With and without the underscores: "global", "__global", "__restrict__". */
static bool word_means(word w, const char *text) {
    while (w.length > 2 && w.text[0] == '_' && w.text[1] == '_') {
        w.text += 2;
        w.length -= 2;
    }
    if (w.length > 2 && w.text[w.length - 1] == '_' && w.text[w.length - 2] == '_')
        w.length -= 2;
    return word_is(w, text);
}

static bool word_is_any(word w, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (word_means(w, texts[i]))
            return true;
    }
    return false;
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && isspace((unsigned char)*at))
        at++;
    return at;
}

static word take_word(const char **at, const char *end) {
    word taken = {*at, 0};
    while (*at < end && gf_is_word(**at)) {
        ++*at;
        taken.length++;
    }
    return taken;
}

/* Behind the bracket that closes the one at `at`; `end` if none does. */
static const char *skip_brackets(const char *at, const char *end) {
    uint32_t depth = 0;
    for (; at < end; at++) {
        depth += *at == '(' || *at == '[' || *at == '{';
        if (*at == ')' || *at == ']' || *at == '}') {
            depth--;
            if (depth == 0)
                return at + 1;
        }
    }
    return end;
}

/* ---- Functions --------------------------------------------------------- */

/* Goes through the functions of a text: names outside all braces with brackets behind them. */
typedef struct scan {
    const char *at, *end;
    gf_language language;
    bool is_kernel; /* the declaration so far has `kernel` */
    word name;
    const char *inside, *inside_end; /* of the brackets behind it */
} scan;

static bool is_function(const scan *s) {
    const char *behind = skip_blanks(s->inside_end + 1, s->end);
    if (s->language == GF_OPENCL_C)
        return s->is_kernel;
    return behind < s->end && (*behind == '{' || *behind == ';' || gf_is_word(*behind));
}

static bool scan_word(scan *s) {
    const word name = take_word(&s->at, s->end);
    const char *bracket = skip_blanks(s->at, s->end);
    s->is_kernel = s->is_kernel || word_means(name, "kernel");
    if (bracket == s->end || *bracket != '(')
        return false;
    s->at = skip_brackets(bracket, s->end);
    if (word_means(name, "attribute") || s->at[-1] != ')')
        return false;
    s->name = name;
    s->inside = bracket + 1;
    s->inside_end = s->at - 1;
    return is_function(s);
}

/* false: there is no further function. */
static bool next_function(scan *s) {
    while (s->at < s->end) {
        if (gf_is_word(*s->at)) {
            if (scan_word(s))
                return true;
        } else if (*s->at == '{') {
            s->at = skip_brackets(s->at, s->end);
            s->is_kernel = false;
        } else {
            s->is_kernel = s->is_kernel && *s->at != ';';
            s->at++;
        }
    }
    return false;
}

/* ---- One argument ------------------------------------------------------ */

/* What was read of an argument so far. */
typedef struct declaration {
    word types[4]; /* the last of them may be the name */
    uint32_t type_count;
    word name; /* given as (*name); otherwise empty */
    bool is_pointer, is_const, is_local, is_constant;
} declaration;

static void add_word(declaration *d, word w, bool in_brackets) {
    static const char *const ignored[] = {"volatile", "restrict", "global",  "private",
                                          "register", "struct",   "inline",  "static",
                                          "in",       "extern",   "auto",    "read_only",
                                          "generic",  "unused",   "nonnull", "write_only"};
    if (word_means(w, "const"))
        d->is_const = d->is_const || !d->is_pointer;
    else if (word_means(w, "local"))
        d->is_local = true;
    else if (word_means(w, "constant"))
        d->is_constant = true;
    else if (word_is_any(w, ignored, GF_COUNT_OF(ignored)))
        return;
    else if (in_brackets && d->name.length == 0)
        d->name = w;
    else if (!in_brackets && d->type_count < GF_COUNT_OF(d->types))
        d->types[d->type_count++] = w;
}

/* A pointer to an array has its name in brackets: "double (*grid)[cols]". */
static void read_declaration(const char *at, const char *end, declaration *d) {
    uint32_t depth = 0;
    while (at < end) {
        if (gf_is_word(*at)) {
            const word w = take_word(&at, end);
            const char *bracket = skip_blanks(at, end);
            if (word_means(w, "attribute") && bracket < end && *bracket == '(')
                at = skip_brackets(bracket, end);
            else
                add_word(d, w, depth > 0);
            continue;
        }
        if (*at == '[') {
            d->is_pointer = true;
            at = skip_brackets(at, end);
            continue;
        }
        d->is_pointer = d->is_pointer || *at == '*';
        depth += *at == '(';
        depth -= *at == ')' && depth > 0;
        at++;
    }
}

static bool is_image(word type) {
    static const char *const kinds[] = {"sampler_t", "event_t", "queue_t", "pipe"};
    return (type.length > 5 && memcmp(type.text, "image", 5) == 0) ||
           word_is_any(type, kinds, GF_COUNT_OF(kinds));
}

/* false: it is no type and a name. */
static bool read_argument(const char *at, const char *end, gf_pool *pool,
                          gf_prototype_argument *argument) {
    declaration d = {.type_count = 0};
    read_declaration(at, end, &d);
    if (d.name.length == 0 && d.type_count > 0)
        d.name = d.types[--d.type_count];
    if (d.type_count == 0 || isdigit((unsigned char)d.name.text[0]))
        return false;
    char type[128];
    gf_text text = gf_text_in(type, sizeof type);
    for (uint32_t i = 0; i < d.type_count; i++)
        gf_text_add(&text, "%s%.*s", i > 0 ? " " : "", (int)d.types[i].length, d.types[i].text);
    *argument = (gf_prototype_argument){.name = gf_pool_copy(pool, d.name.text, d.name.length),
                                        .type_text = gf_pool_copy(pool, type, text.used),
                                        .kind = is_image(d.types[0])         ? GF_PROTOTYPE_IMAGE
                                                : d.is_local && d.is_pointer ? GF_PROTOTYPE_LOCAL
                                                : d.is_pointer               ? GF_PROTOTYPE_POINTER
                                                                             : GF_PROTOTYPE_SCALAR,
                                        .is_const = d.is_const || d.is_constant};
    argument->has_type = gf_c_type_find(type, &argument->type);
    return argument->name != NULL && argument->type_text != NULL;
}

/* ---- All arguments ----------------------------------------------------- */

static bool is_nothing(const char *at, const char *end) {
    at = skip_blanks(at, end);
    const word w = take_word(&at, end);
    return skip_blanks(at, end) == end && (w.length == 0 || word_is(w, "void"));
}

/* The comma that ends the argument at `at`, or `end`. */
static const char *end_of_argument(const char *at, const char *end) {
    while (at < end && *at != ',')
        at = *at == '(' || *at == '[' ? skip_brackets(at, end) : at + 1;
    return at;
}

static void read_arguments(const scan *s, gf_pool *pool, gf_prototype *prototype) {
    *prototype = (gf_prototype){.is_readable = true};
    if (is_nothing(s->inside, s->inside_end))
        return;
    prototype->arguments =
        gf_pool_allocate(pool, GF_PROTOTYPE_ARGUMENTS, sizeof *prototype->arguments);
    prototype->is_readable = prototype->arguments != NULL;
    for (const char *at = s->inside; prototype->is_readable && at <= s->inside_end;) {
        const char *end = end_of_argument(at, s->inside_end);
        prototype->is_readable =
            prototype->count < GF_PROTOTYPE_ARGUMENTS &&
            read_argument(at, end, pool, &prototype->arguments[prototype->count]);
        prototype->count++;
        at = end + 1;
    }
    if (!prototype->is_readable)
        prototype->count = 0;
}

bool gf_prototype_find(const gf_source *source, gf_language language, const char *function,
                       gf_pool *pool, gf_prototype *prototype, const char **other) {
    const char *first = NULL, *nearest = NULL;
    size_t distance = SIZE_MAX;
    scan s = {.at = source->text, .end = source->text + strlen(source->text), .language = language};
    *prototype = (gf_prototype){.is_readable = false};
    while (next_function(&s)) {
        if (word_is(s.name, function)) {
            read_arguments(&s, pool, prototype);
            return true;
        }
        const char *name = gf_pool_copy(pool, s.name.text, s.name.length);
        if (name == NULL)
            continue;
        first = first == NULL ? name : first;
        gf_text_find_nearest(function, name, &nearest, &distance);
    }
    *other = nearest != NULL ? nearest : first;
    return false;
}
