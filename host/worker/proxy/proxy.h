/* A backend whose devices live in workers: every slot is a request to the worker of the device's
 * driver. The core can't tell them from devices in this process.
 *
 * A worker that ends, hangs or answers nonsense fails the call; the next opening of one of its
 * devices starts a new one. */
#pragma once

#include "device/backend.h"
#include "worker/proxy/launcher.h"

typedef struct gf_proxy gf_proxy;

/* `inner`: the backend in the workers, of which the slots that need no driver are called here:
 * variant, knows_variant, contestants, tunables, tuning_key; they may look at the device's facts
 * and the launcher's local_state only. `options`: deadline_s and cancel. */
gf_status gf_proxy_create(const gf_backend *inner, const gf_session_options *options,
                          gf_proxy **proxy, gf_error *error);
/* `launcher` is copied. Starts a worker and adds its devices and warnings to the sink. Platforms
 * are numbered from *next_platform on, which then is the first free number. `limit_s`: for starting
 * and listing. Not GF_OK: the driver's fault, unless *own, which means that this process is at
 * fault. */
gf_status gf_proxy_add(gf_proxy *proxy, const gf_launcher *launcher, double limit_s,
                       uint32_t *next_platform, const gf_device_sink *sink, bool *own,
                       gf_error *error);
/* Ends all workers. Accepts NULL. */
void gf_proxy_destroy(gf_proxy *proxy);
