#include "measure/energy/energy_text.h"

#include "base/text.h"
#include "os/power/power.h"

void gf_energy_format_sensors(const gf_device_info *info, char text[GF_SENSORS_TEXT]) {
    const gf_power_place place = gf_power_place_of(info);
    gf_text to = gf_text_in(text, GF_SENSORS_TEXT);
    gf_power power;
    gf_power_open(&place, &power);
    for (size_t i = 0; i < power.count; i++)
        gf_text_add(&to, "%s%s", i == 0 ? "" : " and ", power.sensors[i].name);
    if (!gf_power_has_device(&power, &place))
        gf_text_add(&to, "%snot readable here, because %s",
                    power.count > 0 ? "; of the device " : "", power.why);
    gf_power_close(&power);
}
