/* A manifest while it is made from its sections. Functions return false after they set the error.
 */
#pragma once

#include "manifest/manifest.h"
#include "manifest/parse/text/ini.h"
#include "manifest/parse/text/prototype.h"

/* What a name of the manifest stands for. */
typedef enum gf_entity_kind {
    GF_ENTITY_PARAMETER,
    GF_ENTITY_TUNABLE,
    GF_ENTITY_BUFFER,
    GF_ENTITY_SCALAR,
    GF_ENTITY_LOCAL,
    GF_ENTITY_STEP, /* `step`, `begin` and `end` have no section */
    GF_ENTITY_BEGIN,
    GF_ENTITY_END
} gf_entity_kind;

typedef struct gf_entity {
    const char *name;
    gf_entity_kind kind;
    const gf_ini_section *section; /* NULL: it has none */
    uint32_t index;                /* of a parameter, tunable or buffer in the manifest */
    gf_expression *value;          /* of a scalar or a local array */
    bool has_type;                 /* of a scalar or a parameter: `type` is given or follows */
    gf_type type;
} gf_entity;

#define GF_MAX_ENTITIES                                                                            \
    (GF_MANIFEST_PARAMS + GF_MAX_TUNABLES + 2 * GF_MAX_BUFFERS + GF_MAX_SCALARS + 3)

/* A function, and the names of what it takes. */
typedef struct gf_function {
    const gf_ini_section *section;
    gf_language language;
    const char *name;
    gf_prototype prototype; /* is_readable false: its text does not tell */
    const char
        *arguments[GF_PROTOTYPE_ARGUMENTS]; /* the manifest's names, in the function's order */
    uint32_t count;
    uint32_t line; /* of `arguments`, else of the section */
    bool from_text;
    gf_source source;
} gf_function;

typedef struct gf_builder {
    gf_manifest *manifest;
    const gf_ini *ini;
    gf_error *error;
    gf_entity entities[GF_MAX_ENTITIES];
    uint32_t entity_count;
    const char *places[GF_PLACE_COUNT]; /* names of expressions; NULL: no such tunable, parameter */
    gf_function kernels[GF_MANIFEST_KERNELS], twin;
    uint64_t used_places; /* by any expression */
} gf_builder;

bool gf_build_fail(gf_builder *b, uint32_t line, const char *format, ...) GF_PRINTF(3, 4);
bool gf_build_no_memory(gf_builder *b);

/* A copy that the manifest owns. */
bool gf_build_text(gf_builder *b, const char *text, char **copy);
/* The value of a key, or `otherwise`. */
bool gf_build_value(gf_builder *b, const gf_ini_section *section, const char *key,
                    const char *otherwise, char **copy);
/* The file of a key, or `otherwise`, relative to the manifest's folder. */
bool gf_build_file(gf_builder *b, const char *name, gf_manifest_file *file);

/* The first section of a kind, NULL: none; behind `after`, unless that is NULL. */
const gf_ini_section *gf_build_section(const gf_builder *b, const char *kind,
                                       const gf_ini_section *after);

/* The entity of this name; NULL: none. */
gf_entity *gf_build_find(gf_builder *b, const char *name);
/* The buffer that a key names; its error says what to write. */
bool gf_build_buffer(gf_builder *b, const gf_ini_entry *entry, const char *name, uint32_t *buffer);

/* Compiles a text of an entry. `also`: places besides the parameters (GF_PLACES_LAUNCH). */
bool gf_build_expression(gf_builder *b, const gf_ini_entry *entry, const char *text, uint64_t also,
                         gf_expression **expression);
/* The expression of a key; NULL if it is not given. */
bool gf_build_optional(gf_builder *b, const gf_ini_section *section, const char *key, uint64_t also,
                       gf_expression **expression);

/* Parts of a text that commas outside brackets separate, without blanks around them. */
typedef struct gf_pieces {
    char *items[GF_PROTOTYPE_ARGUMENTS];
    uint32_t count;
} gf_pieces;

/* Refuses empty pieces and more than `most` (at most GF_PROTOTYPE_ARGUMENTS). */
bool gf_build_split(gf_builder *b, const gf_ini_entry *entry, uint32_t most, gf_pieces *pieces);

/* The first argument of a kernel that stands for this name; NULL: none, or its text does not tell.
 */
const gf_prototype_argument *gf_build_argument(const gf_builder *b, const char *name);
