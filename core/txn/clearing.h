/* SPDX-License-Identifier: MIT */
/*
 * Erasing what a set on its way needs: the staging sectors of both images and the spares. The image
 * that arrives has its sectors erased as its data reaches them, so that the sender never waits for
 * more than one; and whenever the one bank erases, the other does, too, if anything is left there:
 * it costs no time of its own.
 *
 * The spares are erased now, while the old set still runs, rather than during the installation.
 * Everything always is, whatever it reads like: an earlier download may have been cut in an erase.
 * A spare that is worn out does not stop a download.
 *
 * Nothing is under way when a function returns.
 */
#ifndef DUO_CORE_CLEARING_H
#define DUO_CORE_CLEARING_H

#include "core/txn/txn.h"

/* Private, but for `refused`. */
struct duo_clearing {
    const struct duo_device *dev;
    uint32_t refused;           /* the sector that the flash has refused; 0: none */
    uint8_t sectors[DUO_CORES]; /* of the staging slot, that its image needs; 0: no image comes */
    uint8_t done[DUO_CORES];    /* of these and the spare, in their order */
};

/* Images come for the cores that have `sectors`, in the cores' order. Touches no flash. */
void duo_clearing_begin(struct duo_clearing *c, const struct duo_device *dev,
                        const uint8_t sectors[DUO_CORES]);

/* Erases what is not yet erased of this core's staging slot, up to and with the sector at `offset`;
 * for the last image the spare, too. Errors of duo_flash_erase(). */
enum duo_status duo_clearing_reach(struct duo_clearing *c, enum duo_core core, uint32_t offset);

/* Erases the rest of this core's: when its image is complete. */
enum duo_status duo_clearing_finish(struct duo_clearing *c, enum duo_core core);

#endif
