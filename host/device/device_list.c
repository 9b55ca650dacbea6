/* Device lists: which devices, and which of their kernel variants, a text such as
 * "gpu,native:avx2,!0:1" names. docs/devices.md has the grammar. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/error.h"
#include "device/device_list.h"
#include "device/session.h"

#define MAX_TOKEN 128

/* A list to resolve, and where it comes from: messages and the "why" name the option or the
 * environment variable that the user must change. */
typedef struct request {
    gf_session *session;
    const gf_workload *workload;
    const char *source;
    const char *list; /* NULL: the default */
} request;

/* One piece of the list. */
typedef struct token {
    char text[MAX_TOKEN];
    bool exclude;
} token;

/* ---- Sets: all, a type, a piece of a name ------------------------------ */

static const struct {
    const char *word;
    gf_device_class device_class;
} class_words[] = {{"gpu", GF_CLASS_GPU}, {"cpu", GF_CLASS_CPU}, {"accel", GF_CLASS_ACCELERATOR}};

static bool contains(const char *text, const char *piece) {
    const size_t length = strlen(piece);
    for (; *text != '\0'; text++) {
        if (strncasecmp(text, piece, length) == 0)
            return true;
    }
    return false;
}

static bool is_set_word(const char *text) {
    for (size_t i = 0; i < sizeof class_words / sizeof class_words[0]; i++) {
        if (strcasecmp(text, class_words[i].word) == 0)
            return true;
    }
    return strcasecmp(text, "all") == 0;
}

static bool in_set(const gf_device_info *info, const char *text) {
    if (strcasecmp(text, "all") == 0)
        return true;
    for (size_t i = 0; i < sizeof class_words / sizeof class_words[0]; i++) {
        if (strcasecmp(text, class_words[i].word) == 0)
            return info->device_class == class_words[i].device_class;
    }
    return contains(info->name, text) || contains(info->platform, text);
}

/* ---- Candidates for messages ------------------------------------------- */

/* Those that match `piece`; NULL: all. */
static void list_candidates(const gf_session *session, const char *piece, char *text,
                            size_t bytes) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < session->device_count && used < bytes; i++) {
        const gf_device_info *info = &session->devices[i]->info;
        if (piece != NULL && !in_set(info, piece))
            continue;
        const int wrote = snprintf(text + used, bytes - used, "%s%s (%s)", used == 0 ? "" : ", ",
                                   info->id, info->name);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static gf_status no_match(const request *asked, const char *text, const char *why,
                          gf_error *error) {
    char candidates[320];
    list_candidates(asked->session, NULL, candidates, sizeof candidates);
    const bool troubled = asked->session->warnings.count > 0;
    return gf_error_set(error, GF_NO_DEVICE, "%s %s: %s; there are: %s%s%.160s", asked->source,
                        text, why, candidates, troubled ? "; not used: " : "",
                        troubled ? asked->session->warnings.lines[0] : "");
}

static void list_variants(const gf_device *device, const gf_workload *workload, char *text,
                          size_t bytes) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; used < bytes; i++) {
        const char *name = device->backend->variant(device, workload, NULL, i);
        if (name == NULL)
            return;
        const int wrote = snprintf(text + used, bytes - used, "%s%s", i == 0 ? "" : ", ", name);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

/* ---- Adding to a selection --------------------------------------------- */

static bool same_variant(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static gf_status add_choice(gf_target_list *targets, gf_device *device, const char *variant,
                            const char *why, gf_error *error) {
    for (size_t i = 0; i < targets->count; i++) {
        if (targets->targets[i].device == device &&
            same_variant(targets->targets[i].variant, variant))
            return GF_OK;
    }
    const gf_status status =
        gf_array_grow(&targets->targets, targets->count, sizeof *targets->targets, error);
    if (status != GF_OK)
        return status;
    gf_target *target = &targets->targets[targets->count++];
    *target = (gf_target){.device = device, .variant = variant};
    snprintf(target->why, sizeof target->why, "%s", why);
    return GF_OK;
}

static bool is_excluded(const gf_target_list *targets, const gf_target *target) {
    for (size_t i = 0; i < targets->excluded_count; i++) {
        const gf_target *excluded = &targets->excluded[i];
        if (excluded->device == target->device &&
            (excluded->variant == NULL || same_variant(excluded->variant, target->variant)))
            return true;
    }
    return false;
}

static void drop_excluded(gf_target_list *targets) {
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        if (!is_excluded(targets, &targets->targets[i]))
            targets->targets[kept++] = targets->targets[i];
    }
    targets->count = kept;
}

/* Remembered, because a choice whose variant is still open may turn out to be the excluded one. */
static gf_status exclude(gf_target_list *targets, gf_device *device, const char *variant,
                         gf_error *error) {
    const gf_status status = gf_array_grow(&targets->excluded, targets->excluded_count,
                                           sizeof *targets->excluded, error);
    if (status != GF_OK)
        return status;
    targets->excluded[targets->excluded_count++] =
        (gf_target){.device = device, .variant = variant};
    return GF_OK;
}

void gf_target_list_clear(gf_target_list *targets) {
    free(targets->targets);
    free(targets->excluded);
    *targets = (gf_target_list){NULL, 0, NULL, 0};
}

/* ---- Exact names: an index, an id, or ID:VARIANT ----------------------- */

/* What an exact token names. */
typedef struct exact {
    gf_device *device;
    const char *variant; /* NULL: none was named */
    const char *unknown; /* the variant that was named and does not exist, or NULL */
} exact;

static bool parse_index(const char *text, size_t *index) {
    if (*text == '\0' || strlen(text) > 6 || strspn(text, "0123456789") != strlen(text))
        return false;
    *index = (size_t)strtoul(text, NULL, 10);
    return true;
}

static const char *find_variant(const gf_device *device, const gf_workload *workload,
                                const char *name) {
    for (size_t i = 0;; i++) {
        const char *variant = device->backend->variant(device, workload, NULL, i);
        if (variant == NULL || strcasecmp(variant, name) == 0)
            return variant;
    }
}

static bool find_exact(const request *asked, const char *text, exact *found) {
    const gf_session *session = asked->session;
    *found = (exact){NULL, NULL, NULL};
    size_t index = 0;
    if (parse_index(text, &index)) {
        found->device = gf_session_device(session, index);
        return found->device != NULL;
    }
    for (size_t i = 0; i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        const size_t length = strlen(device->info.id);
        if (strncasecmp(device->info.id, text, length) != 0)
            continue;
        if (text[length] == '\0') {
            found->device = device;
            return true;
        }
        if (text[length] == ':') {
            found->device = device;
            found->variant = find_variant(device, asked->workload, text + length + 1);
            found->unknown = found->variant == NULL ? text + length + 1 : NULL;
            return true;
        }
    }
    return false;
}

/* ---- Resolving a list -------------------------------------------------- */

static gf_status apply_exact(const request *asked, const token *piece, const exact *found,
                             gf_target_list *targets, gf_error *error) {
    if (found->unknown != NULL) {
        char variants[160], why[256];
        list_variants(found->device, asked->workload, variants, sizeof variants);
        snprintf(why, sizeof why, "%s has no variant %.40s (it has %s)", found->device->info.id,
                 found->unknown, variants);
        return no_match(asked, piece->text, why, error);
    }
    if (piece->exclude)
        return exclude(targets, found->device, found->variant, error);
    char why[MAX_TOKEN + 32];
    snprintf(why, sizeof why, "%s %s", asked->source, piece->text);
    return add_choice(targets, found->device, found->variant, why, error);
}

static gf_status apply_set(const request *asked, const token *piece, gf_target_list *targets,
                           gf_error *error) {
    const gf_session *session = asked->session;
    size_t matches = 0;
    for (size_t i = 0; i < session->device_count; i++)
        matches += in_set(&session->devices[i]->info, piece->text) ? 1 : 0;
    if (matches == 0)
        return no_match(asked, piece->text, "no such device", error);
    if (matches > 1 && !is_set_word(piece->text)) {
        char candidates[320];
        list_candidates(session, piece->text, candidates, sizeof candidates);
        return gf_error_set(error, GF_USAGE,
                            "%s %s: matches %zu devices; name one of them by its id: %s",
                            asked->source, piece->text, matches, candidates);
    }
    char why[MAX_TOKEN + 32];
    snprintf(why, sizeof why, "%s %s", asked->source, piece->text);
    for (size_t i = 0; i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        if (!in_set(&device->info, piece->text))
            continue;
        const gf_status status = piece->exclude ? exclude(targets, device, NULL, error)
                                                : add_choice(targets, device, NULL, why, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

/* Splits off the next token and moves *list behind it. */
static gf_status next_token(const request *asked, const char **list, token *piece,
                            gf_error *error) {
    const size_t length = strcspn(*list, ",");
    const char *text = *list;
    *list += length + ((*list)[length] == ',' ? 1 : 0);
    piece->exclude = text[0] == '!';
    const size_t skip = piece->exclude ? 1 : 0;
    const bool trailing_comma = text[length] == ',' && text[length + 1] == '\0';
    if (length == skip || trailing_comma)
        return gf_error_set(error, GF_USAGE,
                            "%s %s: empty name in the list; separate names with single commas",
                            asked->source, asked->list);
    if (length - skip >= MAX_TOKEN)
        return gf_error_set(error, GF_USAGE, "%s %.40s...: name longer than %d characters",
                            asked->source, text, MAX_TOKEN - 1);
    memcpy(piece->text, text + skip, length - skip);
    piece->text[length - skip] = '\0';
    return GF_OK;
}

/* Checks the list's form, and whether every token names a device found so far exactly: then no
 * other backend needs to be asked. */
static gf_status scan_list(const request *asked, bool *all_exact, bool *only_excludes,
                           gf_error *error) {
    const char *rest = asked->list;
    *all_exact = true;
    *only_excludes = true;
    do {
        token piece;
        const gf_status status = next_token(asked, &rest, &piece, error);
        if (status != GF_OK)
            return status;
        exact found;
        *all_exact = *all_exact && find_exact(asked, piece.text, &found);
        *only_excludes = *only_excludes && piece.exclude;
    } while (*rest != '\0');
    *all_exact = *all_exact && !*only_excludes; /* "everything but" needs to know everything */
    return GF_OK;
}

static gf_status find_what_list_needs(const request *asked, bool *only_excludes, gf_error *error) {
    bool more = true;
    while (true) {
        bool all_exact = false;
        gf_status status = scan_list(asked, &all_exact, only_excludes, error);
        if (status != GF_OK || all_exact || !more)
            return status;
        status = gf_session_find_next(asked->session, &more, error);
        if (status != GF_OK)
            return status;
    }
}

static gf_status resolve_list(const request *asked, gf_target_list *targets, gf_error *error) {
    bool only_excludes = false;
    gf_status status = find_what_list_needs(asked, &only_excludes, error);
    if (status == GF_OK && only_excludes) {
        const token all = {"all", false};
        status = apply_set(asked, &all, targets, error);
    }
    for (const char *rest = asked->list; status == GF_OK && *rest != '\0';) {
        token piece;
        status = next_token(asked, &rest, &piece, error);
        if (status != GF_OK)
            break;
        exact found;
        if (find_exact(asked, piece.text, &found))
            status = apply_exact(asked, &piece, &found, targets, error);
        else
            status = apply_set(asked, &piece, targets, error);
    }
    drop_excluded(targets); /* wherever in the list it stands */
    if (status == GF_OK && targets->count == 0)
        status = no_match(asked, asked->list, "nothing is left of the list", error);
    return status;
}

/* ---- Defaults ---------------------------------------------------------- */

static gf_status no_device(gf_error *error) {
    return gf_error_set(error, GF_NO_DEVICE, "no device was found; run `gpufare doctor`");
}

static gf_status default_many(gf_session *session, gf_target_list *targets, gf_error *error) {
    gf_status status = gf_session_find_all(session, error);
    if (status == GF_OK && session->device_count == 0)
        return no_device(error);
    for (size_t i = 0; status == GF_OK && i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        if (device->info.baseline_variant != NULL)
            status = add_choice(targets, device, device->info.baseline_variant,
                                "default: the baseline", error);
        if (status == GF_OK)
            status = add_choice(targets, device, NULL, "default: every device", error);
    }
    return status;
}

/* The first GPU, else the first device of all: backends list the cheap and certain one first. */
static gf_status default_one(gf_session *session, gf_target_list *targets, gf_error *error) {
    const gf_status status = gf_session_find_all(session, error);
    if (status != GF_OK)
        return status;
    for (size_t i = 0; i < session->device_count; i++) {
        if (session->devices[i]->info.device_class == GF_CLASS_GPU)
            return add_choice(targets, session->devices[i], NULL, "default: the first GPU", error);
    }
    if (session->device_count == 0)
        return no_device(error);
    return add_choice(targets, session->devices[0], NULL, "default: there is no GPU", error);
}

/* An empty variable counts as unset; an empty option is a mistake. */
static request request_of(gf_session *session, const gf_workload *workload, const char *list) {
    const char *variable = getenv("GPUFARE_DEVICE");
    if (list == NULL && variable != NULL && *variable != '\0')
        return (request){session, workload, "GPUFARE_DEVICE", variable};
    return (request){session, workload, "--device", list};
}

static gf_status resolve(const request *asked, gf_purpose purpose, gf_target_list *targets,
                         gf_error *error) {
    if (asked->list != NULL && *asked->list == '\0')
        return gf_error_set(error, GF_USAGE, "%s: empty; give a list such as native,gpu",
                            asked->source);
    if (asked->list != NULL)
        return resolve_list(asked, targets, error);
    if (purpose == GF_PICK_MANY)
        return default_many(asked->session, targets, error);
    return default_one(asked->session, targets, error);
}

gf_status gf_session_select(gf_session *session, const gf_workload *workload, const char *list,
                            gf_purpose purpose, gf_target_list *targets, gf_error *error) {
    *targets = (gf_target_list){NULL, 0, NULL, 0};
    const request asked = request_of(session, workload, list);
    gf_status status = resolve(&asked, purpose, targets, error);
    if (status == GF_OK && purpose == GF_PICK_ONE && targets->count > 1) {
        char candidates[320];
        list_candidates(session, NULL, candidates, sizeof candidates);
        status = gf_error_set(error, GF_USAGE,
                              "%s %s: names %zu devices and this command runs one; choose of: %s",
                              asked.source, asked.list, targets->count, candidates);
    }
    if (status != GF_OK)
        gf_target_list_clear(targets);
    return status;
}

static void drop_repeated(gf_target_list *targets) {
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        const gf_target *target = &targets->targets[i];
        bool repeated = false;
        for (size_t j = 0; j < kept && !repeated; j++)
            repeated = targets->targets[j].device == target->device &&
                       same_variant(targets->targets[j].variant, target->variant);
        if (!repeated)
            targets->targets[kept++] = *target;
    }
    targets->count = kept;
}

gf_status gf_target_list_resolve(gf_target_list *targets, const gf_problem *problem,
                                 gf_error *error) {
    for (size_t i = 0; i < targets->count; i++) {
        gf_target *target = &targets->targets[i];
        if (target->variant == NULL)
            target->variant =
                target->device->backend->variant(target->device, problem->workload, problem, 0);
    }
    drop_excluded(targets);
    drop_repeated(targets);
    if (targets->count > 0)
        return GF_OK;
    return gf_error_set(error, GF_NO_DEVICE,
                        "--device: nothing is left of the list once what it excludes is taken out");
}

gf_status gf_target_list_add_variants(gf_target_list *targets, const gf_workload *workload,
                                      gf_error *error) {
    const size_t chosen = targets->count;
    for (size_t i = 0; i < chosen; i++) {
        gf_device *device = targets->targets[i].device;
        for (size_t v = 0;; v++) {
            const char *variant = device->backend->variant(device, workload, NULL, v);
            if (variant == NULL)
                break;
            const gf_status status = add_choice(targets, device, variant, "--all-variants", error);
            if (status != GF_OK)
                return status;
        }
        if (targets->targets[i].variant == NULL &&
            device->backend->variant(device, workload, NULL, 0) != NULL)
            targets->targets[i].device = NULL; /* "its best" is among the variants now */
    }
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        if (targets->targets[i].device != NULL)
            targets->targets[kept++] = targets->targets[i];
    }
    targets->count = kept;
    return GF_OK;
}
