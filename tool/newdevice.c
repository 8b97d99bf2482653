/* SPDX-License-Identifier: MIT */
#include "tool/newdevice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/txn/txn.h"
#include "layouts/layout.h"
#include "tool/bootfile.h"
#include "tool/inputs.h"
#include "tool/refuse.h"

/* Lays an image file out in `slot_bytes` (the size of the slot, all 0xFF) as a device would. */
static enum duo_status lay_out(const struct duo_slot *slot, const uint8_t *file, uint32_t size,
                               uint8_t *slot_bytes, uint32_t *used)
{
    static uint8_t meta[DUO_SLOT_META_SIZE];
    struct duo_slot_stream stream;
    uint32_t pos = 0, offset = 0, len = 0;

    duo_slot_stream_init(&stream, slot, meta, size);
    while (pos < size) {
        struct duo_slot_run run;
        uint32_t taken = 0;
        enum duo_status status =
            duo_slot_stream_push(&stream, file + pos, size - pos, &taken, &run);
        if (status != DUO_OK) {
            return status;
        }
        if (run.len > 0) {
            memcpy(slot_bytes + run.offset, run.data, run.len);
        }
        pos += taken;
    }
    enum duo_status status = duo_slot_stream_finish(&stream, &offset, &len);
    if (status == DUO_OK) {
        memcpy(slot_bytes + offset, meta, len);
        *used = offset + len;
    }
    return status;
}

/* The image file of `size` bytes into the application slot. */
int newdevice_put_image(const struct cli *cli, struct flash_image *flash, enum duo_core core,
                        const char *path, const uint8_t *file, uint32_t size)
{
    const struct duo_slot *slot = &duo_layout.slot[core];
    uint8_t *bytes = malloc(slot->size);
    uint32_t used = 0;

    if (!bytes) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    memset(bytes, 0xFF, slot->size);
    enum duo_status status = lay_out(slot, file, size, bytes, &used);
    if (status == DUO_OK) {
        status = flash_image_put(flash, slot->run_base, bytes, used);
    }
    free(bytes);
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_REJECTED, path, status);
}

/* Both images of a bundle that has been checked. */
static int put_bundle_images(const struct cli *cli, struct flash_image *flash, const char *path,
                             const struct buffer *file, const struct duo_manifest *m)
{
    uint32_t pos = duo_manifest_size(file->data);
    int code = EXIT_DONE;

    for (unsigned c = 0; c < DUO_CORES && code == EXIT_DONE; c++) {
        if (!m->image[c].present) {
            return cli_fail(cli, EXIT_REJECTED,
                            "make a bundle of both images: `duoboot bundle --m7 ... --m4 ...`",
                            "%s has no image for the %s, and a new device has nothing to keep",
                            path, duo_core_name((enum duo_core)c));
        }
        code = newdevice_put_image(cli, flash, (enum duo_core)c, path, file->data + pos,
                                   m->image[c].file_size);
        pos += m->image[c].file_size;
    }
    return code;
}

/* Writes the journal by the device's own code: the set counts as installed and confirmed. */
static int put_journal(const struct cli *cli, struct flash_image *flash, const char *path,
                       const struct buffer *file, const struct duo_manifest *m,
                       struct duo_trust *trust)
{
    const struct duo_device device = {
        .flash = &flash->flash,
        .map = &duo_layout.map,
        .slots = {&duo_layout.slot[DUO_CM7], &duo_layout.slot[DUO_CM4]},
        .trust = trust,
        .hardware_id = m->hardware_id};
    struct duo_txn txn;
    enum duo_core core = DUO_CM7;

    duo_txn_open(&txn, &device);
    enum duo_status status = duo_txn_adopt(&txn, file->data, &core);
    if (status == DUO_OK) {
        return EXIT_DONE;
    }
    char what[512];
    snprintf(what, sizeof(what), "%s: %s image", path, duo_core_name(core));
    return input_refuse(cli, EXIT_VERIFY, what, status);
}

int newdevice_put_set(const struct cli *cli, struct flash_image *flash, const char *path,
                      const struct buffer *file, const struct duo_manifest *m,
                      struct duo_trust *trust)
{
    if (m->boot.cores != 0) {
        return cli_fail(cli, EXIT_REJECTED,
                        "give the bundle without it, and both bootloaders: --boot-m7, --boot-m4",
                        "%s brings a bootloader, and a new device has none that it could replace",
                        path);
    }
    int code = put_bundle_images(cli, flash, path, file, m);

    return code == EXIT_DONE ? put_journal(cli, flash, path, file, m, trust) : code;
}

/* ---- Bootloaders ---- */

int newdevice_put_boot(const struct cli *cli, struct flash_image *flash, enum duo_core core,
                       const char *path)
{
    struct buffer boot;
    const int code = bootfile_load(cli, core, path, &boot);

    if (code != EXIT_DONE) {
        return code;
    }
    const enum duo_status status =
        flash_image_put(flash, duo_layout.boot[core].base, boot.data, (uint32_t)boot.size);
    free(boot.data);
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_REJECTED, path, status);
}
