#include "os/power/pci.h"

#include <stdio.h>
#include <string.h>

/* The word after `key`, of this length. */
static bool take(const char *chip, const char *key, size_t length, char *word) {
    const char *found = chip == NULL ? NULL : strstr(chip, key);
    if (found == NULL || strcspn(found + strlen(key), ";") != length)
        return false;
    memcpy(word, found + strlen(key), length);
    word[length] = '\0';
    return true;
}

bool gf_pci_address(const char *chip, char address[GF_PCI_ADDRESS]) {
    return take(chip, "PCI ", strlen("0000:03:00.0"), address) &&
           strspn(address, "0123456789abcdef:.") == strlen(address);
}

bool gf_chip_uuid(const char *chip, char uuid[GF_CHIP_UUID]) {
    return take(chip, "UUID ", GF_CHIP_UUID - 1, uuid) &&
           strspn(uuid, "0123456789abcdef") == strlen(uuid);
}
