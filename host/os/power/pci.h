/* What a chip's description says of its place. */
#pragma once

#include <stdbool.h>

#define GF_PCI_ADDRESS 16
#define GF_CHIP_UUID   33

/* "0000:03:00.0" of "PCI 0000:03:00.0; UUID ..."; false: it says none. `chip` may be NULL. */
bool gf_pci_address(const char *chip, char address[GF_PCI_ADDRESS]);
/* The 32 digits of "UUID 01...ef"; false: it says none. */
bool gf_chip_uuid(const char *chip, char uuid[GF_CHIP_UUID]);
