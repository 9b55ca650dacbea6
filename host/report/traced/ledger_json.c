#include "report/traced/ledger_json.h"

#include <stdio.h>

#include "base/json.h"

json_t *gf_json_program_ledger(const gf_program_ledger *ledger, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "total_ns", ledger->total_ns, bad);
    for (int i = 0; i < GF_PROGRAM_PARTS; i++) {
        char key[32];
        snprintf(key, sizeof key, "%s_ns", gf_program_part_name((gf_program_part)i));
        gf_json_put_count(object, key, ledger->parts_ns[i], bad);
    }
    gf_json_put_count(object, "device_ns", ledger->device_ns, bad);
    return object;
}
