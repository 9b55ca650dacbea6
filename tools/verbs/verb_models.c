#include "base/text.h"
#include "job.h"
#include "options/message.h"
#include "verbs/verbs.h"

/* The words of the command line as one list. */
static gf_status list_names(const struct job *job, char *names, size_t size, gf_error *error) {
    gf_text text = gf_text_in(names, size);
    for (size_t i = 0; i < job->request.operand_count; i++)
        gf_text_add(&text, "%s%s", i == 0 ? "" : ",", job->request.operands[i]);
    return text.cut ? message_set(error, GF_USAGE, "models: the names are too long; name fewer")
                    : GF_OK;
}

static gf_status show_models(struct job *job, gf_error *error) {
    char names[4096];
    gf_models *models = NULL;
    const bool named = job->request.operand_count > 0;
    gf_status status = list_names(job, names, sizeof names, error);
    if (status == GF_OK)
        status = gf_models_create(named ? names : NULL, &models, error);
    if (status == GF_OK)
        status = job_report(job, "gpufare.models/1",
                            (struct report_subject){.models = models, .fields = named}, error);
    if (status == GF_OK)
        status = gf_models_check(models, error);
    gf_models_destroy(models);
    return status;
}

static const cli_group *const groups[] = {&settings_report_group, NULL};
const cli_command models_command = {
    "models",
    "[NAME|FILE...] [options]",
    "List the devices known from data sheets, or show where each number of some comes from",
    groups,
    settings_defaults,
    CLI_LISTED,
    show_models,
    CLI_RANKS_FIRST};
