/* SPDX-License-Identifier: MIT */
#include "core/txn/single.h"

#include "core/base/bytes.h"

#define VECTORS_SIZE 8u /* which core an image is for is known with its vector table's head */

enum duo_status duo_single_check_header(const uint8_t *bytes, uint32_t room)
{
    struct duo_image_header h;
    const enum duo_status status = duo_image_header_parse(bytes, &h);

    if (status != DUO_OK) {
        return status;
    }
    return h.hdr_size + h.payload_size + h.prot_size > room ? DUO_E_TOO_LARGE : DUO_OK;
}

static enum duo_status check_vectors(const struct duo_slot *slot, const struct duo_image_header *h,
                                     const uint8_t *vectors)
{
    const struct duo_locator loc = {h->payload_size, h->hdr_size, h->prot_size};
    const enum duo_status status = duo_slot_check_vectors(
        slot, h->hdr_size, h->payload_size, duo_get32(vectors), duo_get32(vectors + 4));

    return status == DUO_OK ? duo_slot_fits(slot, &loc) : status;
}

enum duo_status duo_single_find_core(const struct duo_device *dev, const bool have[DUO_CORES],
                                     const uint8_t *bytes, uint32_t fill, enum duo_core *core,
                                     bool *known)
{
    struct duo_image_header h;
    enum duo_status status = duo_image_header_parse(bytes, &h);

    if (status != DUO_OK || fill < h.hdr_size + VECTORS_SIZE) {
        return status;
    }
    *core = have[DUO_CM7] ? DUO_CM4 : DUO_CM7;
    status = check_vectors(dev->slots[*core], &h, bytes + h.hdr_size);
    if (status == DUO_E_CORE && !have[DUO_CM7] && !have[DUO_CM4]) {
        *core = DUO_CM4;
        status = check_vectors(dev->slots[*core], &h, bytes + h.hdr_size);
    }
    *known = true;
    return status;
}

enum duo_status duo_single_authenticate(const struct duo_device *dev, enum duo_core core,
                                        const uint8_t *bytes, uint32_t size, uint32_t counter,
                                        bool *authentic, struct duo_image *image)
{
    struct duo_mem mem = {bytes, size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_image_verify(&reader, mem.size, dev->trust, image);

    if (status != DUO_OK) {
        return status;
    }
    *authentic = true;
    status = duo_slot_admits(dev->slots[core], image);
    if (status == DUO_OK) {
        status = duo_device_admits(dev, image);
    }
    return status == DUO_OK && duo_image_counter(image) < counter ? DUO_E_DOWNGRADE : status;
}

enum duo_status duo_single_keep(const struct duo_txn *txn, enum duo_core core,
                                struct duo_set_verdict *formed, uint32_t *counter)
{
    struct duo_manifest m;
    struct duo_placement place;
    struct duo_locator loc;
    struct duo_image *image = &formed->image[core];
    enum duo_status status = duo_set_manifest_in(txn, DUO_STANDING_CURRENT, formed->manifest, &m);

    if (status == DUO_OK) {
        duo_placement_app(&place, txn->dev, core);
        status = duo_placement_verify(&place, txn->dev, core, &m, false, image, &loc);
    }
    if (status != DUO_OK) {
        return status;
    }
    formed->sectors[core] = duo_image_sectors(txn->dev, &loc);
    *counter = duo_image_counter(image);
    /* The set it came with was signed for this counter. */
    *counter = m.counter > *counter ? m.counter : *counter;
    return DUO_OK;
}
