#include "backends/opencl/drivers/probe_result.h"

#include <string.h>

#include "base/array.h"

void gf_probe_result_clear(gf_probe_result *result) {
    json_decref(result->report);
    *result = (gf_probe_result){0};
}

bool gf_probe_is_dangerous(const gf_probe_result *result) {
    return result->end == GF_PROBE_CRASHED || result->end == GF_PROBE_TIMED_OUT ||
           result->end == GF_PROBE_EXITED;
}

const char *gf_probe_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

bool gf_probe_flag(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

size_t gf_probe_device_count(const gf_probe_result *result, bool working_only) {
    size_t count = 0, i, j;
    const json_t *platform, *device;
    json_array_foreach(json_object_get(result->report, "platforms"), i, platform) {
        json_array_foreach(json_object_get(platform, "devices"), j, device) {
            if (!working_only || gf_probe_flag(device, "works"))
                count++;
        }
    }
    return count;
}

/* "while its library was loaded" */
static const char *stage_words(const gf_probe_result *result) {
    static const struct {
        const char *name, *words;
    } stages[] = {
        {"load", "while its library was loaded"},
        {"platforms", "while it listed its platforms"},
        {"devices", "while it listed its devices"},
        {"context", "while a context was made"},
        {"compile", "while a small kernel was compiled"},
        {"run", "while a small kernel ran"},
        {"verify", "while a result was read back"},
    };
    const char *name = gf_probe_text(result->report, "stage");
    for (size_t i = 0; i < GF_COUNT_OF(stages); i++)
        if (strcmp(name, stages[i].name) == 0)
            return stages[i].words;
    return "before it answered";
}

void gf_probe_format_end(const gf_probe_result *result, char *text, size_t bytes) {
    const char *stage = stage_words(result);
    const char *name = gf_signal_name(result->code);
    switch (result->end) {
    case GF_PROBE_CRASHED:
        if (name != NULL)
            snprintf(text, bytes, "crashed with %s %s", name, stage);
        else
            snprintf(text, bytes, "crashed with signal %d %s", result->code, stage);
        break;
    case GF_PROBE_TIMED_OUT:
        snprintf(text, bytes, "gave no answer within %.3g s %s", result->seconds, stage);
        break;
    case GF_PROBE_EXITED:
        snprintf(text, bytes, "ended the process with exit status %d %s", result->code, stage);
        break;
    case GF_PROBE_FINISHED:
        snprintf(text, bytes, "was probed to the end");
        break;
    default:
        snprintf(text, bytes, "was not probed");
        break;
    }
}

void gf_probe_format_error(const json_t *error, char *text, size_t bytes) {
    const char *name = gf_probe_text(error, "name");
    const long long code = json_integer_value(json_object_get(error, "code"));
    if (name[0] != '\0')
        snprintf(text, bytes, "%s: %s (%lld)", gf_probe_text(error, "text"), name, code);
    else
        snprintf(text, bytes, "%s", gf_probe_text(error, "text"));
}
