#include "options/trips/field_options.h"

#include "options/message.h"

static const char *const access_words[] = {
    [GF_FIELD_AUTO] = "auto", [GF_FIELD_MAPPED] = "mapped", [GF_FIELD_DIRECT] = "direct", NULL};

static const cli_option field_options[] = {
    CLI_OPTION(CLI_TEXT, "field-file", 0, field_file, "FILE.npy",
               "keep a grid that is larger than the memory in files, and write the result to this "
               "new one, a NumPy array; the run is then one round trip; docs/beyond-memory.md"),
    CLI_OPTION(CLI_UINT, "field-memory", 0, field_memory, "BYTES",
               "the most memory for what is held of it at a time; default: a quarter of what this "
               "process may have",
               .min = 1, .max = UINT64_MAX),
    CLI_OPTION(CLI_WORD, "field-access", 0, field_access, "auto|mapped|direct",
               "move the files through the page cache, or past it (O_DIRECT); auto: past it where "
               "the file system can do that",
               .words = access_words),
};
const cli_group field_group = CLI_GROUP("Fields in files", field_options);

/* What needs the result in memory, or more than one round trip. */
static const char *find_other(const struct settings *settings) {
    return settings->energy                   ? "energy"
           : settings->frames_every > 0       ? "frames-every"
           : settings->divergence_map != NULL ? "divergence-map"
           : settings->npy != NULL            ? "npy"
           : settings->html != NULL           ? "html"
           : settings->bundle != NULL         ? "bundle"
           : settings->checkpoint != NULL     ? "checkpoint"
           : settings->resume != NULL         ? "resume"
                                              : NULL;
}

gf_status field_parse(const struct settings *settings, gf_field_options *options, gf_error *error) {
    const char *other = find_other(settings);
    if (settings->field_file == NULL && (settings->field_memory > 0 || settings->field_access != 0))
        return message_set(error, GF_USAGE,
                           "--%s: is of fields in files; add --field-file FILE.npy",
                           settings->field_memory > 0 ? "field-memory" : "field-access");
    if (settings->field_file != NULL && other != NULL)
        return message_set(error, GF_USAGE,
                           "--%s: not of a field in a file, whose one round trip leaves no result "
                           "in memory; leave one of them out",
                           other);
    *options = (gf_field_options){.path = settings->field_file,
                                  .memory_bytes = settings->field_memory,
                                  .access = (gf_field_access)settings->field_access};
    return GF_OK;
}
