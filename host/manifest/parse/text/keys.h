/* The sections and keys of a manifest: checks, suggestions and the tables of
 * docs/your-own-kernel.md come from here. */
#pragma once

#include "manifest/parse/text/ini.h"

typedef struct gf_manifest_key {
    const char *name;
    const char *takes;     /* what its value is */
    const char *otherwise; /* what holds without it; "required" */
    const char *help;
} gf_manifest_key;

typedef enum gf_section_naming {
    GF_UNNAMED,    /* [steps] */
    GF_NAMED,      /* [buffer NAME] */
    GF_MAYBE_NAMED /* [kernel] or [kernel FUNCTION] */
} gf_section_naming;

typedef struct gf_manifest_section {
    const char *kind;
    gf_section_naming naming;
    uint32_t most; /* sections of this kind */
    const char *help;
    const gf_manifest_key *keys;
    size_t key_count;
} gf_manifest_section;

extern const gf_manifest_section gf_manifest_sections[];
extern const size_t gf_manifest_section_count;

/* Every section and key must be known, every required key given, and no section given too often. */
gf_status gf_manifest_check_keys(const gf_ini *ini, gf_error *error);
