/* SPDX-License-Identifier: MIT */
#include "core/txn/newboot.h"

#include <stddef.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/about.h"
#include "core/image/boot_mark.h"

static const struct duo_map *map_of(const struct duo_txn *txn)
{
    return txn->dev->map;
}

static bool is_of_m4(const struct duo_map *map, uint32_t offset)
{
    return offset - map->m4_boot < map->m4_boot_size;
}

/* Is this word of the sector one of the new bootloader's? */
static bool is_new(const struct duo_map *map, const struct duo_manifest *m, uint32_t offset)
{
    return is_of_m4(map, offset) == (m->boot.cores == DUO_BOOT_CM4);
}

/* Where its file begins in the sector. */
static uint32_t file_at(const struct duo_map *map, const struct duo_manifest *m)
{
    return m->boot.cores == DUO_BOOT_CM4 ? map->m4_boot : 0;
}

static uint32_t room(const struct duo_map *map, const struct duo_manifest *m)
{
    return m->boot.cores == DUO_BOOT_CM4 ? map->m4_boot_size : map->sector_size;
}

enum duo_status duo_newboot_admit(const struct duo_txn *txn, const struct duo_manifest *m)
{
    const struct duo_state *s = &txn->state;

    if (m->boot.cores == 0) {
        return DUO_OK;
    }
    if (!DUO_SWAPS || !map_of(txn)->twin) {
        return DUO_E_UNSUPPORTED;
    }
    if (!txn->dev->flash->can_hold || !txn->dev->flash->can_hold(txn->dev->flash->ctx)) {
        return DUO_E_PROTECTED;
    }
    if (m->boot.size > room(map_of(txn), m)) {
        return DUO_E_TOO_LARGE;
    }
    if (!s->current.present || !s->current.confirmed || txn->current_unfit) {
        return DUO_E_STATE;
    }
    return m->boot.cores == DUO_BOOT_CM7 && s->in_bank2 ? DUO_E_BOOT_BANK : DUO_OK;
}

static enum duo_word_state read_word(const struct duo_txn *txn, uint32_t addr,
                                     uint8_t word[DUO_WORD_SIZE])
{
    const struct duo_flash *flash = txn->dev->flash;

    return flash->read(flash->ctx, addr, word, DUO_WORD_SIZE);
}

static enum duo_status write_word(const struct duo_txn *txn, uint32_t offset,
                                  const uint8_t word[DUO_WORD_SIZE])
{
    const struct duo_map *map = map_of(txn);

    return duo_word_is_blank(word)
               ? DUO_OK
               : duo_flash_program(txn->dev->flash, map->base + map->bank_size + offset, word);
}

enum duo_status duo_newboot_begin(const struct duo_txn *txn, const struct duo_manifest *m)
{
    if (!DUO_SWAPS) {
        return DUO_E_UNSUPPORTED;
    }
    const struct duo_map *map = map_of(txn);
    enum duo_status status = duo_flash_erase(txn->dev->flash, map->base + map->bank_size);

    for (uint32_t at = 0; at < map->sector_size && status == DUO_OK; at += DUO_WORD_SIZE) {
        uint8_t word[DUO_WORD_SIZE];

        if (is_new(map, m, at)) {
            continue;
        }
        status = read_word(txn, map->base + at, word) == DUO_WORD_UNREADABLE
                     ? DUO_E_READ
                     : write_word(txn, at, word);
    }
    return status;
}

enum duo_status duo_newboot_put(const struct duo_txn *txn, const struct duo_manifest *m,
                                uint32_t offset, const uint8_t word[DUO_WORD_SIZE])
{
    const uint32_t at = file_at(map_of(txn), m) + offset;

    if (!DUO_SWAPS) {
        return DUO_E_UNSUPPORTED;
    }
    return is_new(map_of(txn), m, at) ? write_word(txn, at, word) : DUO_OK;
}

/* ---- What lies there ---- */

/* One word of the sector: it is hashed, or it must be as in the bank that runs. */
static enum duo_status look_at(const struct duo_txn *txn, const struct duo_manifest *m, uint32_t at,
                               struct duo_sha256 *sha)
{
    const struct duo_map *map = map_of(txn);
    const uint32_t from = file_at(map, m);
    uint8_t there[DUO_WORD_SIZE];
    uint8_t here[DUO_WORD_SIZE];

    if (read_word(txn, map->base + map->bank_size + at, there) != DUO_WORD_GOOD) {
        return DUO_E_READ;
    }
    const bool is_in_file = at >= from && at < from + m->boot.size;
    if (!is_new(map, m, at)) {
        if (read_word(txn, map->base + at, here) == DUO_WORD_UNREADABLE ||
            !duo_word_equal(here, there)) {
            return DUO_E_READ;
        }
        memset(there, 0xFF, sizeof(there)); /* as in the file */
    }
    if (is_in_file) {
        duo_sha256_update(sha, there, sizeof(there));
        return DUO_OK;
    }
    return duo_word_is_blank(there) ? DUO_OK : DUO_E_HASH;
}

/* How an M7 bootloader begins: what the M4 does if it is let go there (boot/cm7/start.c, up to its
 * label 5). */
#define BEGINNING 26u

#define RESET_VECTOR 4u

static bool begins_alike(const struct duo_txn *txn, uint32_t here, uint32_t there)
{
    const struct duo_flash *flash = txn->dev->flash;
    uint8_t own[BEGINNING], its[BEGINNING];

    return flash->read(flash->ctx, here, own, sizeof(own)) != DUO_WORD_UNREADABLE &&
           flash->read(flash->ctx, there, its, sizeof(its)) == DUO_WORD_GOOD &&
           memcmp(own, its, sizeof(own)) == 0;
}

/* Is `its` for the place of `own`, and no older? Only a set with a higher security counter than the
 * device's may bring an older one: nobody can have kept such a set from the time before. */
static enum duo_status check_mark(uint32_t own, uint32_t its, bool counter_rises)
{
    const uint32_t other = (own ^ its) & DUO_BOOT_MARK_KIND;

    if (other != 0) {
        return other & DUO_BOOT_MARK_CORE ? DUO_E_CORE : DUO_E_LAYOUT;
    }
    return its < own && !counter_rises ? DUO_E_BOOT_OLD : DUO_OK;
}

/* The same key has the same number in all bootloaders of a product: what is revoked is remembered
 * by numbers. */
static bool trusts(const struct duo_trusted_key *its, const struct duo_trusted_key *own,
                   uint32_t counter)
{
    return memcmp(&its->pub, &own->pub, sizeof(its->pub)) == 0 && its->refused == 0 &&
           counter >= its->floor;
}

struct record {
    uint32_t at;
    struct duo_about about;
};

/* What the M7 bootloader at `base`, of `size` bytes, says of itself; false if it does not. */
static bool find_record(const struct duo_txn *txn, uint32_t base, uint32_t size,
                        struct record *record)
{
    const struct duo_flash *flash = txn->dev->flash;
    const uint32_t whole = offsetof(struct duo_about_record, lms);
    uint8_t vector[4];

    if (flash->read(flash->ctx, base + DUO_BOOT_ABOUT_OFFSET, vector, sizeof(vector)) ==
        DUO_WORD_UNREADABLE) {
        return false;
    }
    const uint32_t from = duo_get32(vector) - map_of(txn)->base;
    record->at = base + from;
    return whole <= size && from <= size - whole &&
           flash->read(flash->ctx, record->at, &record->about, sizeof(record->about)) !=
               DUO_WORD_UNREADABLE;
}

static enum duo_status check_trust(const struct duo_txn *txn, const struct duo_manifest *m,
                                   const struct record *its)
{
    const struct duo_flash *flash = txn->dev->flash;
    const struct duo_keyring *own = txn->dev->trust->ring;
    const unsigned signer = duo_ring_by_id(own, m->key_id);
    const uint32_t ring_at = its->at + offsetof(struct duo_about_record, ring);
    struct duo_trusted_key key;
    uint32_t count;

    if (signer >= duo_ring_count(own)) {
        return DUO_E_BOOT_FOREIGN;
    }
    if (flash->read(flash->ctx, ring_at, &count, sizeof(count)) != DUO_WORD_GOOD ||
        flash->read(flash->ctx, ring_at + sizeof(count) + signer * sizeof(key), &key,
                    sizeof(key)) != DUO_WORD_GOOD) {
        return DUO_E_READ;
    }
    return its->about.hardware_id == m->hardware_id && signer < count &&
                   trusts(&key, &own->keys[signer], m->counter)
               ? DUO_OK
               : DUO_E_BOOT_FOREIGN;
}

/*
 * Would an M7 bootloader take the set that brings it? If not it would be taken back after its
 * trial; this says so before anything stands still, and why. What a record says that does not begin
 * as the one of the bootloader that runs is left to the trial.
 */
static enum duo_status check_about(const struct duo_txn *txn, const struct duo_manifest *m)
{
    const struct duo_map *map = map_of(txn);
    struct record own, its;

    return find_record(txn, map->base, map->sector_size, &own) &&
                   find_record(txn, map->base + map->bank_size, m->boot.size, &its) &&
                   memcmp(own.about.magic, its.about.magic, sizeof(own.about.magic)) == 0
               ? check_trust(txn, m, &its)
               : DUO_OK;
}

static enum duo_status check_vectors(const struct duo_txn *txn, const struct duo_manifest *m)
{
    const struct duo_map *map = map_of(txn);
    const uint32_t from = file_at(map, m);
    uint8_t own[DUO_WORD_SIZE], its[DUO_WORD_SIZE];

    if (read_word(txn, map->base + from, own) == DUO_WORD_UNREADABLE ||
        read_word(txn, map->base + map->bank_size + from, its) != DUO_WORD_GOOD) {
        return DUO_E_READ;
    }
    const enum duo_status status =
        check_mark(duo_get32(own + DUO_BOOT_MARK_OFFSET), duo_get32(its + DUO_BOOT_MARK_OFFSET),
                   m->counter > txn->state.counter);
    const uint32_t starts = (duo_get32(its + RESET_VECTOR) ^ 1u) - map->base;
    if (status != DUO_OK) {
        return status;
    }
    if (starts % 2u != 0 || starts - from >= m->boot.size || !is_new(map, m, starts)) {
        return DUO_E_ENTRY;
    }
    if (m->boot.cores == DUO_BOOT_CM4) {
        return DUO_OK;
    }
    return begins_alike(txn, duo_get32(own + RESET_VECTOR) ^ 1u,
                        map->base + map->bank_size + starts)
               ? check_about(txn, m)
               : DUO_E_ENTRY;
}

enum duo_status duo_newboot_verify(const struct duo_txn *txn, const struct duo_manifest *m)
{
    uint8_t hash[DUO_HASH_SIZE];
    struct duo_sha256 sha;
    enum duo_status status = DUO_OK;

    if (!DUO_SWAPS) {
        return DUO_E_UNSUPPORTED;
    }
    duo_sha256_init(&sha);
    for (uint32_t at = 0; at < map_of(txn)->sector_size && status == DUO_OK; at += DUO_WORD_SIZE) {
        status = look_at(txn, m, at, &sha);
    }
    duo_sha256_final(&sha, hash);
    if (status == DUO_OK && memcmp(hash, m->boot.hash, DUO_BOOT_HASH_SIZE) != 0) {
        status = DUO_E_HASH;
    }
    return status == DUO_OK ? check_vectors(txn, m) : status;
}

/* ---- Trial ---- */

unsigned duo_newboot_on_trial(const struct duo_txn *txn)
{
    const struct duo_state *s = &txn->state;

    return DUO_SWAPS && txn->journal.content == DUO_JOURNAL_OK &&
                   (s->phase == DUO_PHASE_EXCHANGE || s->phase == DUO_PHASE_TRIAL)
               ? s->boot_new
               : 0;
}

enum duo_status duo_newboot_take_back(struct duo_txn *txn)
{
    if (duo_newboot_on_trial(txn) != DUO_BOOT_CM4 || txn->state.phase != DUO_PHASE_TRIAL) {
        return DUO_E_STATE;
    }
    const enum duo_status status = duo_txn_rollback(txn);
    struct duo_state next = txn->state;

    next.reason = DUO_REASON_BOOTLOADER;
    return status == DUO_OK ? duo_txn_record(txn, &next) : status;
}
