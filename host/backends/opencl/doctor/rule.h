/* A rule of the diagnosis: when it applies, and the row of subject, status, finding and fix that it
 * then makes. Rules stand in groups. For each item that a group looks at (a driver, a device, a
 * device node, a variable, or the set-up as a whole) the first rule that applies makes the row. */
#pragma once

#include "backends/opencl/doctor/setup.h"
#include "base/array.h"
#include "base/text.h"
#include "device/backend.h"

/* What a rule looks at. `setup` is always set; members that a group has no use for are NULL. */
typedef struct gf_item {
    const gf_opencl_setup *setup;
    const gf_icd_driver *driver;
    const gf_probe_result *probe;     /* of the driver */
    const gf_driver_failure *failure; /* the driver's last one */
    const json_t *platform, *device;  /* rows of the probe's report */
    const gf_render_node *node;
    const gf_variable *variable;
} gf_item;

typedef struct gf_finding {
    gf_diagnosis_level status; /* comes as the rule's */
    gf_text text, fix;         /* come empty; an empty fix means the rule's */
} gf_finding;

typedef struct gf_rule {
    const char *subject;                  /* an item's name is added: "driver pocl.icd" */
    bool (*applies)(const gf_item *item); /* NULL: always */
    gf_diagnosis_level status;
    /* Writes the text. Sets status and fix only where they depend on the item. */
    void (*evaluate)(const gf_item *item, gf_finding *finding);
    const char *fix; /* a command or what to change; "" */
} gf_rule;

typedef struct gf_rule_group {
    const gf_rule *rules;
    size_t count;
} gf_rule_group;

#define GF_RULE_GROUP(rules)                                                                       \
    { rules, GF_COUNT_OF(rules) }

/* For more than one group: PoCL's kernel cache, and drivers that fail because of it. */
#define GF_FIX_CACHE "export POCL_CACHE_DIR=$(mktemp -d), or another private folder with room"
#define GF_FIX_LLVM                                                                                \
    "LLVM is older than this CPU: install a newer PoCL (a backport, or conda-forge's)"

#define GF_FIX_MEMORY                                                                              \
    "raise the limit of memory: ulimit -v unlimited, or the memory of the job or container"

/* The first rule of the group that applies, with what it finds appended to the finding's texts;
 * NULL when none does. */
const gf_rule *gf_rule_evaluate(const gf_rule_group *group, const gf_item *item,
                                gf_finding *finding);

/* True when the driver's output or the device's build log contains the words. */
bool gf_item_mentions(const gf_item *item, const char *words);

/* What names the driver: its .icd file, or its library where there is no such file. */
const char *gf_item_file(const gf_item *item);
/* Why the driver's library can't be loaded, in dlopen's words; NULL: it can be. */
const char *gf_item_load_error(const gf_item *item);
