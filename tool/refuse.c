/* SPDX-License-Identifier: MIT */
#include "tool/refuse.h"

#include <stdio.h>
#include <string.h>

#include "layouts/choose.h"
#include "layouts/layout.h"

static const char *hint_to_link(void)
{
    static char hint[192];

    snprintf(hint, sizeof(hint),
             "link the program to its slot (M7 0x%08x, M4 0x%08x), vector table first; with a "
             "header of a multiple of 0x400 bytes, that much further",
             duo_layout.slot[DUO_CM7].run_base, duo_layout.slot[DUO_CM4].run_base);
    return hint;
}

static const char *hint_for(enum duo_status status)
{
    switch (status) {
    case DUO_E_TRUNCATED:
    case DUO_E_HASH:
    case DUO_E_MALFORMED:
        return "the file is damaged: copy, download or make it again";
    case DUO_E_SIGNATURE:
        return "the file was changed after signing, or damaged: get it again from its source";
    case DUO_E_KEY:
        return "give the key it was signed with, or sign it again with yours";
    case DUO_E_KEY_ROLE:
        return "a device for production takes release keys only: sign it with one of these";
    case DUO_E_KEY_REVOKED:
        return "sign it with a key that is not revoked";
    case DUO_E_REVOKES_SIGNER:
        return "sign it with a key that stays";
    case DUO_E_REVOCATION_ORDER:
        return "name all keys that have ever been revoked: --revoke for each";
    case DUO_E_KEY_FLOOR:
        return "raise --security-counter to the key's floor (`duoboot info` on the bootloader "
               "shows it)";
    case DUO_E_NO_SIGNATURE:
        return "sign it: `duoboot sign`, or `imgtool sign --key`";
    case DUO_E_UNSUPPORTED:
        return "sign it with ECDSA P-256 and without encryption, compression or RAM loading";
    case DUO_E_FORMAT_NEW:
        return "it was made by a newer duoboot: update this one";
    case DUO_E_FORMAT_OLD:
        return "it was made by an older duoboot: make the bundle again";
    case DUO_E_TOO_LARGE:
        return "make the program smaller: the slot keeps 8 KiB for header and TLVs";
    case DUO_E_CORE:
        return "swap the files: it belongs to the other core";
    case DUO_E_HARDWARE:
        return "take the bundle made for this device, or give its --hardware-id";
    case DUO_E_LAYOUT:
        return "give --layout=NAME before the command, or take what is made for this layout";
    case DUO_E_STACK:
        return "the first word of the vector table must be the end of a RAM this core has, a "
               "multiple "
               "of 8 (the M4 has no DTCM)";
    case DUO_E_ENTRY:
        return hint_to_link();
    case DUO_E_BOOT_BOTH:
        return "make two sets of it, and install one after the other";
    case DUO_E_BOOT_BANK:
        return "install the same images without it first, which brings the device to bank 1; then "
               "this";
    case DUO_E_BOOT_OLD:
        return "bring a newer bootloader; or, to go back on purpose, raise --security-counter "
               "above "
               "the device's";
    case DUO_E_BOOT_FOREIGN:
        return "build it with the product's list of keys, in its order, and with its hardware id; "
               "then make the bundle again";
    case DUO_E_DEPENDENCY:
        return "take an image of the other core that is new enough (`duoboot info` says which)";
    case DUO_E_TRAILING:
        return "the file was joined with something else: get it again from its source";
    case DUO_E_MISMATCH:
        return "make the bundle again";
    default:
        return NULL;
    }
}

int input_refuse(const struct cli *cli, enum exit_code code, const char *what,
                 enum duo_status status)
{
    return cli_fail(cli, code, hint_for(status), "%s: %s", what, duo_status_text(status));
}

/* Another layout whose slot admits it; NULL: none does. */
static const char *other_layout(enum duo_core core, const struct duo_image *image)
{
    for (unsigned i = 0; duo_layout_known(i); i++) {
        const struct duo_layout *l = duo_layout_known(i);

        if (strcmp(l->name, duo_layout.name) != 0 &&
            duo_slot_admits(&l->slot[core], image) == DUO_OK) {
            return l->name;
        }
    }
    return NULL;
}

enum duo_core core_of_image(const struct duo_image *image)
{
    const struct duo_slot *m4 = &duo_layout.slot[DUO_CM4];

    if (image->has_core) {
        return image->core;
    }
    return image->entry - m4->run_base < m4->size ? DUO_CM4 : DUO_CM7;
}

uint32_t link_address(enum duo_core core, const struct duo_image *image)
{
    return duo_layout.slot[core].run_base + duo_payload_offset(image->header.hdr_size);
}

/* With the address that would do. */
static int refuse_entry(const struct cli *cli, enum exit_code code, enum duo_core core,
                        const struct duo_image *image, const char *what)
{
    const uint32_t size = image->header.hdr_size;
    char hint[256];

    snprintf(hint, sizeof(hint),
             duo_header_apart(size) == 0
                 ? "its header of %u bytes lies in front of the program: link that to 0x%08x, or "
                   "sign it with a header of 32 bytes and link it to 0x%08x"
                 : "its header of %u bytes lies after the program: link that to 0x%08x, or sign it "
                   "with a header of 0x400 bytes and link it to 0x%08x",
             size, link_address(core, image),
             duo_layout.slot[core].run_base +
                 (duo_header_apart(size) == 0 ? 0 : DUO_VECTORS_ALIGN));
    return cli_fail(cli, code, hint, "%s: %s (0x%08x)", what, duo_status_text(DUO_E_ENTRY),
                    image->entry);
}

int input_refuse_image(const struct cli *cli, enum exit_code code, enum duo_core core,
                       const struct duo_image *image, const char *what, enum duo_status status)
{
    return status == DUO_E_ENTRY ? refuse_entry(cli, code, core, image, what)
                                 : input_refuse(cli, code, what, status);
}

int input_refuse_slot(const struct cli *cli, enum duo_core core, const struct duo_image *image,
                      const char *what, enum duo_status status)
{
    const char *other = status == DUO_OK ? NULL : other_layout(core, image);

    if (!other || duo_slot_admits(&duo_layout.slot[core], image) == DUO_OK) {
        return input_refuse_image(cli, EXIT_REJECTED, core, image, what, status);
    }
    return cli_fail(cli, EXIT_REJECTED,
                    "give --layout=NAME before the command, or link the program for this layout",
                    "%s is linked for flash layout %s, and this is layout %s", what, other,
                    duo_layout.name);
}
