/* The rules of the diagnosis: tables that turn facts into rows of subject, status, finding, fix.
 *
 * Rules stand in groups. For each item that a group looks at (a driver, a device, a node, a
 * variable, or the machine as a whole) the first rule that applies makes the row. */
#ifndef GF_DIAGNOSE_H
#define GF_DIAGNOSE_H

#include "backends/opencl/doctor/setup.h"
#include "device/backend.h"

/* What a rule looks at; members that its group has no use for are 0. */
typedef struct gf_item {
    const gf_icd_driver *driver;
    const gf_probe_result *probe;    /* of the driver */
    const json_t *platform, *device; /* rows of the probe's report */
    const gf_render_node *node;
    const gf_variable *variable;
} gf_item;

typedef struct gf_finding {
    gf_diagnosis_level status;
    char text[1200];
    char fix[600]; /* "": the rule's */
} gf_finding;

typedef struct gf_rule {
    const char *subject; /* an item's name is added: "driver pocl.icd" */
    bool (*applies)(const gf_opencl_setup *facts, const gf_item *item);
    /* Sets status and text, and the fix if it depends on the facts. */
    void (*evaluate)(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding);
    const char *fix; /* a command or what to change; "" */
} gf_rule;

typedef struct gf_rule_group {
    const gf_rule *rules;
    size_t count;
} gf_rule_group;

extern const gf_rule_group gf_driver_rules, gf_device_rules;                     /* in files of */
extern const gf_rule_group gf_node_rules, gf_variable_rules;                     /* their own   */
extern const gf_rule_group gf_loader_rules, gf_together_rules, gf_summary_rules; /* the machine */
extern const gf_rule_group gf_kernel_cache_rules, gf_container_rules, gf_wsl_rules;
extern const gf_rule_group gf_no_variable_rules, gf_governor_rules, gf_turbo_rules, gf_load_rules;
extern const gf_rule_group gf_native_rules;

/* The first rule of the group that applies, and what it finds; NULL when none does. */
const gf_rule *gf_rule_evaluate(const gf_rule_group *group, const gf_opencl_setup *facts,
                                const gf_item *item, gf_finding *finding);

/* Walks all groups in the report's order and puts their rows in the sink. GF_NO_DEVICE: no OpenCL
 * device is usable. */
gf_status gf_diagnose_setup(const gf_opencl_setup *facts, const gf_diagnosis_sink *sink,
                            gf_error *error);

/* Devices that passed their test, over all drivers. */
size_t gf_setup_usable_devices(const gf_opencl_setup *facts);
/* True when PoCL's cache can't take a kernel. */
bool gf_setup_cache_is_broken(const gf_opencl_setup *facts);
/* True when a node of this PCI vendor (0: any) can't be opened by this user. */
bool gf_setup_node_denied(const gf_opencl_setup *facts, uint32_t vendor);
/* True when some driver lists a platform with `word` in its name. */
bool gf_setup_has_platform(const gf_opencl_setup *facts, const char *word);
/* True when what the driver printed, or a device's build log, holds the words. */
bool gf_item_mentions(const gf_item *item, const char *words);

#define GF_POCL_FREE_BYTES (UINT64_C(32) << 20) /* room for about 100 compiled kernels */

/* The diagnose slot of the OpenCL backend: examines loader, drivers, devices, permissions, kernel
 * cache, environment and machine; always probes. GF_OK: a device is usable; GF_NO_DEVICE: none is,
 * and the rows say why; else the examination itself failed. */
gf_status gf_opencl_diagnose(const gf_diagnosis_sink *sink, gf_error *error);

#endif
