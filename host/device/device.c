#include "device/device.h"

gf_status gf_device_open(gf_device *device, gf_error *error) {
    if (device->is_open)
        return GF_OK;
    const gf_status status = device->backend->open(device, error);
    device->is_open = status == GF_OK;
    return status;
}

void gf_device_close(gf_device *device) {
    if (!device->is_open)
        return;
    device->backend->close(device);
    device->is_open = false;
}
