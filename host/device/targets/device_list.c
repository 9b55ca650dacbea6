/* Device lists: the devices and kernel variants that a text such as "gpu,native:avx2,!0:1" names.
 * docs/devices.md has the grammar. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "device/session.h"
#include "device/targets/target_list.h"

#define MAX_TOKEN 128

/* The environment variable that stands in for a list that is not given. */
#define VARIABLE "GPUFARE_DEVICE"

/* A list to resolve. */
typedef struct request {
    gf_session *session;
    const gf_workload *workload;
    const char *list;      /* NULL: the default */
    bool from_environment; /* the list is the value of VARIABLE */
} request;

/* One piece of the list. */
typedef struct token {
    char text[MAX_TOKEN];
    bool exclude;
} token;

/* Messages name what the user must change: the parameter or the environment variable. */
GF_PRINTF(4, 5)
static gf_status list_error(const request *asked, gf_status status, gf_error *error,
                            const char *format, ...) {
    char text[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return asked->from_environment ? gf_error_set(error, status, VARIABLE "%.480s", text)
                                   : gf_error_set_parameter(error, status, "device", "%s", text);
}

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
    for (size_t i = 0; i < GF_COUNT_OF(class_words); i++) {
        if (strcasecmp(text, class_words[i].word) == 0)
            return true;
    }
    return strcasecmp(text, "all") == 0;
}

static bool in_set(const gf_device_info *info, const char *text) {
    if (strcasecmp(text, "all") == 0)
        return true;
    for (size_t i = 0; i < GF_COUNT_OF(class_words); i++) {
        if (strcasecmp(text, class_words[i].word) == 0)
            return info->device_class == class_words[i].device_class;
    }
    return contains(info->name, text) || contains(info->platform, text);
}

/* ---- Candidates for messages ------------------------------------------- */

/* Lists the devices that match `piece`; NULL: all. */
static void list_candidates(const gf_session *session, const char *piece, char *buffer,
                            size_t size) {
    gf_text text = gf_text_in(buffer, size);
    for (size_t i = 0; i < session->device_count; i++) {
        const gf_device_info *info = &session->devices[i]->info;
        if (piece == NULL || in_set(info, piece))
            gf_text_add(&text, "%s%s (%s)", text.used == 0 ? "" : ", ", info->id, info->name);
    }
}

static gf_status no_match(const request *asked, const char *text, const char *why,
                          gf_error *error) {
    char candidates[320];
    const gf_notes *warnings = &asked->session->warnings;
    list_candidates(asked->session, NULL, candidates, sizeof candidates);
    return list_error(asked, GF_NO_DEVICE, error, " %s: %s; there are: %s%s%.160s", text, why,
                      candidates, warnings->count > 0 ? "; not used: " : "",
                      warnings->count > 0 ? warnings->lines[0] : "");
}

static void list_variants(const gf_device *device, const gf_workload *workload, char *buffer,
                          size_t size) {
    gf_text text = gf_text_in(buffer, size);
    const char *name = NULL;
    for (size_t i = 0; (name = device->backend->variant(device, workload, NULL, i)) != NULL; i++)
        gf_text_add(&text, "%s%s", i == 0 ? "" : ", ", name);
}

/* Why a target is in the list. */
static void describe_origin(const request *asked, const token *piece, char *why, size_t size) {
    snprintf(why, size, "%s %s", asked->from_environment ? VARIABLE : "asked for as", piece->text);
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

/* ---- Sets of devices that compute together: A+B ------------------------- */

static bool names_set(const char *text) {
    return strchr(text, '+') != NULL;
}

/* The next name of a set, and *text past it. */
static void next_member(const char **text, char name[MAX_TOKEN]) {
    const size_t length = strcspn(*text, "+");
    snprintf(name, MAX_TOKEN, "%.*s", (int)length, *text);
    *text += length + ((*text)[length] == '+' ? 1 : 0);
}

/* Takes ":VARIANT" off the end of a set's names, if it is a variant of sets. */
static const char *take_set_variant(const request *asked, char *text) {
    char *colon = strrchr(text, ':');
    const char *variant =
        colon == NULL ? NULL : gf_session_set_variant(asked->session, asked->workload, colon + 1);
    if (variant != NULL)
        *colon = '\0';
    return variant;
}

/* The one device that a piece of a name fits; NULL: none or several. */
static gf_device *find_piece(const gf_session *session, const char *text) {
    gf_device *found = NULL;
    for (size_t i = 0; i < session->device_count; i++) {
        if (!in_set(&session->devices[i]->info, text))
            continue;
        if (found != NULL)
            return NULL;
        found = session->devices[i];
    }
    return found;
}

static bool find_member(const request *asked, const char *name, exact *found) {
    if (*name == '\0')
        return false;
    if (find_exact(asked, name, found))
        return true;
    *found = (exact){.device = find_piece(asked->session, name)};
    return found->device != NULL;
}

/* Whether every name of the set fits a device that is known, by what *last is the last name. */
static bool find_set(const request *asked, const char *text, const char **variant,
                     gf_member *members, size_t *count, char last[MAX_TOKEN]) {
    char names[MAX_TOKEN];
    snprintf(names, sizeof names, "%s", text);
    *variant = take_set_variant(asked, names);
    const char *rest = names;
    bool more = true;
    for (*count = 0; more;) {
        exact found;
        more = strchr(rest, '+') != NULL;
        next_member(&rest, last);
        if (!find_member(asked, last, &found) || found.unknown != NULL)
            return false;
        if (*count < GF_MOST_MEMBERS + 1)
            members[(*count)++] = (gf_member){.device = found.device, .variant = found.variant};
    }
    return true;
}

/* ---- Resolving a list -------------------------------------------------- */

static gf_status apply_exact(const request *asked, const token *piece, const exact *found,
                             gf_target_list *targets, gf_error *error) {
    if (found->unknown != NULL) {
        char variants[160], why[256];
        list_variants(found->device, asked->workload, variants, sizeof variants);
        snprintf(why, sizeof why, "%s has no variant '%.40s' (it has %s)", found->device->info.id,
                 found->unknown, variants);
        return no_match(asked, piece->text, why, error);
    }
    if (piece->exclude)
        return gf_target_list_exclude(targets, found->device, found->variant, error);
    char why[MAX_TOKEN + 32];
    describe_origin(asked, piece, why, sizeof why);
    return gf_target_list_add(targets, found->device, found->variant, why, error);
}

/* A set of devices becomes one target. */
static gf_status apply_together(const request *asked, const token *piece, gf_target_list *targets,
                                gf_error *error) {
    gf_member members[GF_MOST_MEMBERS + 1];
    const char *variant = NULL;
    size_t count = 0;
    char last[MAX_TOKEN], why[MAX_TOKEN + 64];
    gf_device *device = NULL;
    if (piece->exclude)
        return list_error(asked, GF_USAGE, error, " !%s: a set can't be excluded; name devices",
                          piece->text);
    if (!find_set(asked, piece->text, &variant, members, &count, last)) {
        snprintf(why, sizeof why,
                 "a set needs ids such as native+0:0, and '%.40s' fits no one "
                 "device",
                 last);
        return no_match(asked, piece->text, why, error);
    }
    const gf_status status = gf_session_combine(asked->session, members, count, &device, error);
    if (status != GF_OK)
        return status;
    describe_origin(asked, piece, why, sizeof why);
    return gf_target_list_add(targets, device, variant, why, error);
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
        return list_error(asked, GF_USAGE, error,
                          " %s: matches %zu devices; name one of them by its id: %s", piece->text,
                          matches, candidates);
    }
    char why[MAX_TOKEN + 32];
    describe_origin(asked, piece, why, sizeof why);
    for (size_t i = 0; i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        if (!in_set(&device->info, piece->text))
            continue;
        const gf_status status = piece->exclude
                                     ? gf_target_list_exclude(targets, device, NULL, error)
                                     : gf_target_list_add(targets, device, NULL, why, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

/* Splits off the next token and moves *list past it. Blanks around a name don't belong to it. */
static gf_status next_token(const request *asked, const char **list, token *piece,
                            gf_error *error) {
    const char *text = *list;
    size_t length = strcspn(text, ",");
    *list += length + (text[length] == ',' ? 1 : 0);
    const bool trailing_comma = text[length] == ',' && text[length + 1] == '\0';
    const size_t blanks = strspn(text, " \t");
    text += blanks;
    length -= blanks;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    piece->exclude = length > 0 && text[0] == '!';
    const size_t skip = piece->exclude ? 1 : 0;
    if (length == skip || trailing_comma)
        return list_error(asked, GF_USAGE, error,
                          " %s: empty name in the list; separate names with single commas",
                          asked->list);
    if (length - skip >= MAX_TOKEN)
        return list_error(asked, GF_USAGE, error, " %.40s...: name longer than %d characters", text,
                          MAX_TOKEN - 1);
    memcpy(piece->text, text + skip, length - skip);
    piece->text[length - skip] = '\0';
    return GF_OK;
}

/* Checks the list's form. *all_exact: every token names a device that was found already, so that no
 * other backend needs to be asked. */
static bool is_found(const request *asked, const token *piece) {
    gf_member members[GF_MOST_MEMBERS + 1];
    const char *variant = NULL;
    size_t count = 0;
    char last[MAX_TOKEN];
    exact found;
    return names_set(piece->text) ? find_set(asked, piece->text, &variant, members, &count, last)
                                  : find_exact(asked, piece->text, &found);
}

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
        *all_exact = *all_exact && is_found(asked, &piece);
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
        if (names_set(piece.text))
            status = apply_together(asked, &piece, targets, error);
        else if (find_exact(asked, piece.text, &found))
            status = apply_exact(asked, &piece, &found, targets, error);
        else
            status = apply_set(asked, &piece, targets, error);
    }
    gf_target_list_clean(targets); /* exclusions count wherever they stand in the list */
    if (status == GF_OK && targets->count == 0)
        status = no_match(asked, asked->list, "nothing is left of the list", error);
    return status;
}

/* ---- Defaults ---------------------------------------------------------- */

static gf_status no_device(gf_error *error) {
    return gf_error_set(error, GF_NO_DEVICE, "no device was found; run `gpufare doctor`");
}

static bool has_variant(const gf_device *device, const gf_workload *workload) {
    return device->backend->variant(device, workload, NULL, 0) != NULL;
}

/* Every device that has a kernel for the workload. */
static gf_status default_many(gf_session *session, const gf_workload *workload,
                              gf_target_list *targets, gf_error *error) {
    gf_status status = gf_session_find_all(session, error);
    if (status == GF_OK && session->device_count == 0)
        return no_device(error);
    for (size_t i = 0; status == GF_OK && i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        const char *const baseline = device->info.baseline_variant;
        if (!has_variant(device, workload))
            continue;
        if (baseline != NULL && find_variant(device, workload, baseline) != NULL)
            status = gf_target_list_add(targets, device, baseline, "default: the baseline", error);
        if (status == GF_OK)
            status = gf_target_list_add(targets, device, NULL, "default: every device", error);
    }
    return status == GF_OK && targets->count == 0 ? no_device(error) : status;
}

/* The first GPU, else the first device of all: backends list the cheap and certain one first. */
static gf_status default_one(gf_session *session, const gf_workload *workload,
                             gf_target_list *targets, gf_error *error) {
    const gf_status status = gf_session_find_all(session, error);
    if (status != GF_OK)
        return status;
    gf_device *first = NULL;
    for (size_t i = 0; i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        if (!has_variant(device, workload))
            continue;
        if (device->info.device_class == GF_CLASS_GPU)
            return gf_target_list_add(targets, device, NULL, "default: the first GPU", error);
        first = first == NULL ? device : first;
    }
    if (first == NULL)
        return no_device(error);
    const char *reason = session->warnings.count > 0
                             ? "default: no GPU can be used (see 'not used')"
                             : "default: there is no GPU";
    return gf_target_list_add(targets, first, NULL, reason, error);
}

/* An empty variable counts as unset; an empty list is a mistake. */
static request request_of(gf_session *session, const gf_workload *workload, const char *list) {
    const char *variable = getenv(VARIABLE);
    if (list == NULL && variable != NULL && *variable != '\0')
        return (request){session, workload, variable, true};
    return (request){session, workload, list, false};
}

static gf_status resolve(const request *asked, gf_purpose purpose, gf_target_list *targets,
                         gf_error *error) {
    if (asked->list != NULL && *asked->list == '\0')
        return list_error(asked, GF_USAGE, error, ": empty; give a list such as native,gpu");
    if (asked->list != NULL)
        return resolve_list(asked, targets, error);
    if (purpose == GF_PICK_MANY)
        return default_many(asked->session, asked->workload, targets, error);
    return default_one(asked->session, asked->workload, targets, error);
}

gf_status gf_session_select(gf_session *session, const gf_workload *workload, const char *list,
                            gf_purpose purpose, gf_target_list *targets, gf_error *error) {
    GF_ENTER(error);
    *targets = (gf_target_list){NULL, 0, NULL, 0};
    const request asked = request_of(session, workload, list);
    gf_status status = resolve(&asked, purpose, targets, error);
    if (status == GF_OK && purpose == GF_PICK_ONE && targets->count > 1) {
        char candidates[320];
        list_candidates(session, NULL, candidates, sizeof candidates);
        status = list_error(&asked, GF_USAGE, error,
                            " %s: names %zu devices and this command runs one; choose of: %s",
                            asked.list, targets->count, candidates);
    }
    if (status != GF_OK)
        gf_target_list_clear(targets);
    return status;
}
