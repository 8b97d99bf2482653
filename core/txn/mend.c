/* SPDX-License-Identifier: MIT */
/*
 * Putting right what a cut has left of a download.
 *
 * The words written after the last record may be torn, and may read like anything. A flash word
 * cannot be written twice, so the sector they lie in has to be erased; but it also holds what is
 * not to be sent again. That goes to the core's spare sector and back:
 *
 *     step 3r + 1   the spare is being filled
 *     step 3r + 2   the spare holds all that is to be kept
 *     step 3r + 3   it is back in its sector; the spare is to be erased again
 *
 * for r = 0, the sector of the next payload byte, r = 1, the sector in which META begins, and r =
 * 2, the one in which it ends, as far as these are not the same. A step is recorded when what it
 * says is true, and before anything that it does not say is done, so each can be repeated from its
 * start. The spare is erased whenever the step is 0: all download long.
 *
 * Layouts that swap the banks have no spare: see the end of this file.
 */
#include "core/txn/download_parts.h"

enum { FILLING = 1, SAVED, RESTORED, STEPS };

#define SECTORS 3u

struct mending {
    struct duo_download *d;
    const struct duo_manifest_image *e;
    uint32_t sector; /* of the slot */
};

static const struct duo_map *map_of(const struct duo_download *d)
{
    return d->txn->dev->map;
}

static enum duo_status record_step(struct duo_download *d, unsigned step)
{
    struct duo_state next = d->txn->state;

    next.failures = (uint8_t)step;
    return duo_txn_record(d->txn, &next);
}

static enum duo_status erase(struct duo_download *d, uint32_t addr)
{
    return duo_flash_erase(d->txn->dev->flash, addr);
}

/* Is this word of the slot one that a record vouches for? */
static bool keeps(const struct mending *m, uint32_t offset)
{
    const uint32_t header = duo_download_meta(m->e) + DUO_LOCATOR_SIZE;

    return offset < duo_download_body_done(m->d) ||
           (offset >= header && offset < header + duo_header_apart(m->e->hdr_size));
}

static bool keeps_any(const struct mending *m)
{
    const uint32_t size = map_of(m->d)->sector_size;

    for (uint32_t at = m->sector * size; at < (m->sector + 1u) * size; at += DUO_WORD_SIZE) {
        if (keeps(m, at)) {
            return true;
        }
    }
    return false;
}

static enum duo_status copy_word(const struct mending *m, uint32_t from, uint32_t to)
{
    const struct duo_flash *flash = m->d->txn->dev->flash;
    uint8_t word[DUO_WORD_SIZE];

    if (flash->read(flash->ctx, from, word, sizeof(word)) == DUO_WORD_UNREADABLE) {
        return DUO_E_READ;
    }
    return duo_word_is_blank(word) ? DUO_OK : duo_flash_program(flash, to, word);
}

/* The words to be kept, from one place to another. */
static enum duo_status copy(const struct mending *m, uint32_t from, uint32_t to)
{
    const uint32_t size = map_of(m->d)->sector_size;
    enum duo_status status = DUO_OK;

    for (uint32_t at = 0; at < size && status == DUO_OK; at += DUO_WORD_SIZE) {
        if (keeps(m, m->sector * size + at)) {
            status = copy_word(m, from + at, to + at);
        }
    }
    return status;
}

/* One step; `base` is 3r. From SAVED on each begins with an erase. */
static enum duo_status mend_step(const struct mending *m, unsigned base, unsigned step)
{
    struct duo_download *d = m->d;
    const uint32_t spare = map_of(d)->spare[d->core];
    const uint32_t home = map_of(d)->staging[d->core] + m->sector * map_of(d)->sector_size;
    enum duo_status status = DUO_OK;

    switch (step) {
    case FILLING:
        status = copy(m, home, spare);
        return status == DUO_OK ? record_step(d, base + SAVED) : status;
    case SAVED:
        status = erase(d, home);
        status = status == DUO_OK ? copy(m, spare, home) : status;
        return status == DUO_OK ? record_step(d, base + RESTORED) : status;
    case RESTORED:
        return erase(d, spare);
    default:
        return record_step(d, base + FILLING);
    }
}

/* Where this sector's mending stands: 0 if it has not begun, STEPS if it is over. */
static unsigned step_of(const struct duo_download *d, unsigned base)
{
    const unsigned step = d->txn->state.failures;

    return step <= base ? 0 : step - base;
}

/* A sector with something to keep. The journal's step was read after a reset: when the spare was
 * being filled then, it is erased and filled again. */
static enum duo_status mend_sector(const struct mending *m, unsigned base, unsigned *erases)
{
    struct duo_download *d = m->d;
    enum duo_status status = DUO_OK;

    if (step_of(d, base) == FILLING) {
        if (*erases == 0) {
            return DUO_E_BUSY;
        }
        (*erases)--;
        status = erase(d, map_of(d)->spare[d->core]);
    }
    for (unsigned step = step_of(d, base); step < STEPS && status == DUO_OK; step++) {
        if (step >= SAVED && *erases == 0) {
            return DUO_E_BUSY;
        }
        *erases -= step >= SAVED ? 1u : 0;
        status = mend_step(m, base, step);
    }
    return status;
}

/* Nothing of the image is vouched for: all of it is erased. */
static enum duo_status erase_image(struct duo_download *d, unsigned *erases)
{
    const uint32_t size = map_of(d)->sector_size;

    while (d->mended < d->txn->state.other.sectors[d->core]) {
        if (*erases == 0) {
            return DUO_E_BUSY;
        }
        const enum duo_status status = erase(d, map_of(d)->staging[d->core] + d->mended * size);
        if (status != DUO_OK) {
            return status;
        }
        (*erases)--;
        d->mended++;
    }
    return DUO_OK;
}

static enum duo_status erase_sector(const struct mending *m, unsigned *erases)
{
    if (*erases == 0) {
        return DUO_E_BUSY;
    }
    (*erases)--;

    return erase(m->d, map_of(m->d)->staging[m->d->core] + m->sector * map_of(m->d)->sector_size);
}

/* The sectors that words after the last record may lie in: d->mended counts those that are done. */
static enum duo_status mend_image(struct duo_download *d, unsigned *erases)
{
    const struct duo_manifest_image *e = &d->manifest.image[d->core];
    const uint32_t size = map_of(d)->sector_size;
    const uint32_t sectors[SECTORS] = {duo_download_body_done(d) / size,
                                       duo_download_meta(e) / size,
                                       d->txn->state.other.sectors[d->core] - 1u};

    for (; d->mended < SECTORS; d->mended++) {
        const unsigned r = d->mended;
        const struct mending m = {d, e, sectors[r]};
        const unsigned base = (STEPS - 1u) * r;

        if (r > 0 && sectors[r] == sectors[r - 1u]) {
            continue;
        }
        const enum duo_status status =
            keeps_any(&m) ? mend_sector(&m, base, erases) : erase_sector(&m, erases);
        if (status != DUO_OK) {
            return status;
        }
    }
    return DUO_OK;
}

/* ---- Without a spare sector (map->twin) ---- */

/* Units of the image's progress, see download.h. */
static enum duo_status go_back_to(struct duo_download *d, uint32_t unit)
{
    struct duo_state next = d->txn->state;

    next.step = (uint8_t)(1u + d->units + unit);
    const enum duo_status status = duo_txn_record(d->txn, &next);
    if (status == DUO_OK) {
        duo_download_place(d);
    }
    return status;
}

/*
 * There is nowhere to set words aside: what lies in the sector at work is erased and sent again. If
 * that may be one with META, which has come in part, this is the whole image. Recorded before the
 * erase, as nobody vouches for what is being erased.
 */
static enum duo_status mend_without_spare(struct duo_download *d, unsigned *erases)
{
    const uint32_t size = map_of(d)->sector_size;
    const uint32_t done = duo_download_body_done(d);
    const uint32_t sector = done / size;
    const struct duo_manifest_image *e = &d->manifest.image[d->core];
    enum duo_status status = DUO_OK;

    if (done == duo_body_size(e->hdr_size, e->payload_size) ||
        sector >= duo_download_meta(e) / size) {
        status = go_back_to(d, 0);
        return status == DUO_OK ? erase_image(d, erases) : status;
    }
    if (done % size != 0) {
        status = go_back_to(d, 1u + sector * size / d->block);
    }
    return status == DUO_OK ? erase_sector(&(struct mending){.d = d, .sector = sector}, erases)
                            : status;
}

enum duo_status duo_download_mend(struct duo_download *d, unsigned *erases)
{
    enum duo_status status = DUO_OK;

    duo_download_place(d);
    if (d->stage == DUO_DOWNLOAD_IMAGES && d->boot) {
        status = duo_download_prepare_boot(d, erases);
    } else if (d->stage == DUO_DOWNLOAD_IMAGES && d->txn->state.differs[d->core]) {
        status = d->pos == 0       ? erase_image(d, erases)
                 : map_of(d)->twin ? mend_without_spare(d, erases)
                                   : mend_image(d, erases);
    }
    if (status != DUO_OK) {
        d->stage = DUO_DOWNLOAD_MEND;
        return status;
    }
    return d->txn->state.failures == 0 ? DUO_OK : record_step(d, 0);
}
