/* A device as the core sees it: facts, and a backend that can use it. */
#ifndef GF_DEVICE_H
#define GF_DEVICE_H

#include "gpufare.h"

struct gf_backend;

struct gf_device {
    gf_device_info info;              /* texts are owned by the backend, until its shut_down */
    const struct gf_backend *backend; /* never NULL */
    void *backend_state;              /* of the backend instance that listed the device */
    void *state;                      /* the backend's own, for this device */
    bool is_open;
};

/* Opens the device if it is not open yet. */
gf_status gf_device_open(gf_device *device, gf_error *error);

/* Accepts a closed device. */
void gf_device_close(gf_device *device);

#endif
