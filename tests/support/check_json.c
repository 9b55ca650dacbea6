/* check_json SCHEMA FILE [PATH=VALUE...]: checks a report of the tool against its schema, and
 * single values in it. A path is keys and indices with dots between: results.0.device.id="native".
 * Values are JSON. PATH=* asks only that it is there and not null. */
#include "json_advise.h"

#include <stdlib.h>

static const json_t *find(const json_t *at, const char *path, size_t length) {
    while (length > 0 && at != NULL) {
        char key[64];
        const char *dot = memchr(path, '.', length);
        const size_t own = dot == NULL ? length : (size_t)(dot - path);
        snprintf(key, sizeof key, "%.*s", (int)own, path);
        at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
                               : json_object_get(at, key);
        path += own + (dot == NULL ? 0 : 1);
        length -= own + (dot == NULL ? 0 : 1);
    }
    return at;
}

static bool same(const json_t *found, const char *wanted_text) {
    if (strcmp(wanted_text, "*") == 0)
        return found != NULL && !json_is_null(found);
    json_t *wanted = json_loads(wanted_text, JSON_DECODE_ANY, NULL);
    const bool equal = wanted != NULL && found != NULL && json_equal(found, wanted);
    json_decref(wanted);
    return equal;
}

static int check_value(const json_t *root, const char *rule) {
    const char *equals = strchr(rule, '=');
    if (equals == NULL) {
        fprintf(stderr, "%s: no '='\n", rule);
        return 1;
    }
    const json_t *found = find(root, rule, (size_t)(equals - rule));
    if (same(found, equals + 1))
        return 0;
    char *text = found == NULL ? NULL : json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);
    fprintf(stderr, "%s does not hold; it is %.200s\n", rule, text == NULL ? "not there" : text);
    free(text);
    return 1;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: check_json SCHEMA FILE [PATH=VALUE...]\n");
        return 2;
    }
    json_error_t error;
    json_t *root = json_load_file(arguments[2], JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fprintf(stderr, "%s, line %d: %s\n", arguments[2], error.line, error.text);
        return 1;
    }
    json_verdict verdict = {""};
    if (strcmp(arguments[1], "gpufare.advise/1") == 0)
        json_check_advice(root, &verdict);
    else if (strcmp(arguments[1], "gpufare.run/1") == 0 ||
             strcmp(arguments[1], "gpufare.compare/1") == 0)
        json_check_report(root, arguments[1], &verdict);
    else
        json_check_word(root, "schema", (const char *const[]){arguments[1], NULL}, "the report",
                        &verdict);
    int failures = verdict.text[0] == '\0' ? 0 : 1;
    if (failures > 0)
        fprintf(stderr, "%s: %s\n", arguments[2], verdict.text);
    for (int i = 3; i < count; i++)
        failures += check_value(root, arguments[i]);
    json_decref(root);
    return failures == 0 ? 0 : 1;
}
