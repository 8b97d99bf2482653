/* SPDX-License-Identifier: MIT */
#include "tool/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "hostlib/loader.h"
#include "layouts/layout.h"
#include "tool/inputs.h"
#include "tool/refuse.h"

#define DEFAULT_HEADER DUO_IMAGE_HEADER_SIZE
#define VECTORS_SIZE   8u

/* The program as it will lie in the slot; gaps are 0xFF, as erased flash. */
struct program {
    uint8_t *bytes;
    const struct duo_slot *slot;
    uint32_t payload_max, size;
    uint32_t start;   /* of the vector table: what lies before it is room for a header */
    uint32_t outside; /* address of the first byte that does not fit */
    bool has_outside;
};

static bool take_chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct program *p = ctx;
    uint32_t offset = addr - p->slot->run_base;

    if (offset >= p->payload_max || len > p->payload_max - offset) {
        p->has_outside = true;
        p->outside = offset >= p->payload_max ? addr : p->slot->run_base + p->payload_max;
        return false;
    }
    memcpy(p->bytes + offset, data, len);
    p->size = offset + len; /* chunks come in ascending order */
    return true;
}

static int refuse_outside(const struct cli *cli, const struct program_job *job,
                          const struct program *p)
{
    const uint32_t base = p->slot->run_base;
    char hint[256];

    if (p->outside == base + p->payload_max) {
        return input_refuse(cli, EXIT_REJECTED, job->in, DUO_E_TOO_LARGE);
    }
    snprintf(hint, sizeof(hint),
             "in the linker script set the flash origin to 0x%08x and the length to %u KiB", base,
             p->payload_max / 1024);
    if (p->outside < base) {
        const size_t end = strlen(hint);
        snprintf(hint + end, sizeof(hint) - end,
                 ", and the vector table offset (VECT_TAB_OFFSET) to 0x%x",
                 (base - duo_layout.map.base) % duo_layout.map.bank_size);
    }
    return cli_fail(cli, EXIT_REJECTED, hint,
                    "%s: bytes at 0x%08x are outside of the %s slot, 0x%08x to 0x%08x", job->in,
                    p->outside, duo_core_name(p->slot->core), base, base + p->payload_max - 1);
}

/* Which core a file with addresses is for: the slot that holds its first byte. */
static bool note_low(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    (void)ctx;
    (void)addr;
    (void)data;
    return len > 0;
}

static int find_core(const struct cli *cli, struct program_job *job)
{
    const struct load_sink sink = {note_low, NULL};
    struct load_result result;
    char err[512];
    uint32_t bin = 0;

    if (job->core_given) {
        return EXIT_DONE;
    }
    if (!load_file(job->in, &bin, &sink, &result, err, sizeof(err))) {
        return EXIT_DONE; /* load_program() will say why */
    }
    for (unsigned i = 0; i < DUO_CORES && result.kind != LOAD_BIN; i++) {
        const struct duo_slot *slot = &duo_layout.slot[(enum duo_core)i];
        if (result.low - slot->run_base < slot->size) {
            job->spec.core = (enum duo_core)i;
            return EXIT_DONE;
        }
    }
    return cli_fail(cli, EXIT_USAGE, "give --core m7 or --core m4",
                    "%s does not say which core it is for", job->in);
}

static bool is_blank(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] != 0 && bytes[i] != 0xFF) {
            return false;
        }
    }
    return true;
}

/* Where the vector table is. Zephyr fills the room for the header, CONFIG_ROM_START_OFFSET, with
 * zeros; other linker scripts leave it out of the file. */
static uint32_t find_start(const struct program *p, uint32_t low)
{
    uint32_t start = low - p->slot->run_base;

    while (start % DUO_VECTORS_ALIGN == 0 && (start & ~DUO_PAYLOAD_OFFSETS) == 0 &&
           p->size > start + DUO_VECTORS_ALIGN && is_blank(p->bytes + start, DUO_VECTORS_ALIGN)) {
        start += DUO_VECTORS_ALIGN;
    }
    return start;
}

/* A BIN has no addresses: the header asked for says where it belongs. */
static void place_bin(const struct program_job *job, struct program *p)
{
    const uint32_t start = duo_payload_offset(job->spec.hdr_size);

    if (p->start == 0 && start != 0 && p->size <= p->payload_max - start) {
        memmove(p->bytes + start, p->bytes, p->size);
        p->size += start;
        p->start = start;
    }
}

/* The form of the image is told by the size of its header (core/image/slot.h). */
static int choose_header(const struct cli *cli, struct program_job *job, const struct program *p)
{
    if (job->spec.hdr_size == 0) {
        job->spec.hdr_size = p->start != 0 ? p->start : DEFAULT_HEADER;
    }
    const uint32_t base = p->slot->run_base;
    const uint32_t want = duo_payload_offset(job->spec.hdr_size);

    return want == p->start
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REJECTED,
                          "leave --header-size out: it is chosen by the address",
                          "%s is linked to 0x%08x; with a header of %u bytes that must be 0x%08x",
                          job->in, base + p->start, job->spec.hdr_size, base + want);
}

static int load_program(const struct cli *cli, struct program_job *job, struct program *p)
{
    const struct load_sink sink = {take_chunk, p};
    struct load_result result;
    char err[512];

    memset(p->bytes, 0xFF, p->payload_max);
    if (!load_file(job->in, &p->slot->run_base, &sink, &result, err, sizeof(err))) {
        return p->has_outside ? refuse_outside(cli, job, p)
                              : cli_fail(cli, EXIT_REJECTED, NULL, "%s", err);
    }
    p->start = find_start(p, result.low);
    if (result.kind == LOAD_BIN) {
        place_bin(job, p);
    }
    if ((p->start & ~DUO_PAYLOAD_OFFSETS) != 0) {
        return cli_fail(cli, EXIT_REJECTED,
                        "link the vector table to the first address of the slot, or, to lie after "
                        "its header, a multiple of 0x400 after that",
                        "%s begins at 0x%08x; the %s slot begins at 0x%08x and so must the program",
                        job->in, p->slot->run_base + p->start, duo_core_name(p->slot->core),
                        p->slot->run_base);
    }
    return choose_header(cli, job, p);
}

static int check_program(const struct cli *cli, const struct program_job *job,
                         const struct program *p)
{
    if (p->size < p->start + VECTORS_SIZE) {
        return cli_fail(cli, EXIT_REJECTED, "is it the whole program?",
                        "%s: %u bytes are too few for a vector table", job->in, p->size - p->start);
    }
    const uint8_t *vectors = p->bytes + p->start;
    uint32_t sp = duo_get32(vectors), entry = duo_get32(vectors + 4);
    enum duo_status status =
        duo_slot_check_vectors(p->slot, job->spec.hdr_size, p->size - p->start, sp, entry);
    if (status == DUO_OK) {
        return EXIT_DONE;
    }
    char what[512];
    snprintf(what, sizeof(what), "%s: vector table (stack 0x%08x, reset 0x%08x)", job->in, sp,
             entry);
    return input_refuse(cli, EXIT_REJECTED, what, status);
}

static int refuse_wrong_input(const struct cli *cli, const struct program_job *job)
{
    struct buffer raw = {0};
    int code = input_read(cli, job->in, &raw);

    if (code == EXIT_DONE) {
        enum file_kind kind = file_kind_of(raw.data, raw.size);
        if (kind == KIND_IMAGE || kind == KIND_BUNDLE || kind == KIND_KEY || kind == KIND_ARCHIVE) {
            code = cli_fail(cli, EXIT_REJECTED, "give the linked program: ELF, Intel HEX or BIN",
                            "%s is %s, not a program to sign", job->in, file_kind_text(kind));
        }
    }
    free(raw.data);
    return code;
}

/* The device's own check of what has been made, before anybody gets it. */
static enum duo_status check_result(const struct key *key, const struct buffer *image,
                                    const struct duo_slot *slot)
{
    const struct duo_pubkey pub = key_public(key);
    struct duo_keyring ring;
    const struct duo_trust trust = duo_trust_one(&ring, &pub);
    struct duo_mem mem = {image->data, (uint32_t)image->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image parsed;
    enum duo_status status = duo_image_verify(&reader, mem.size, &trust, &parsed);

    return status == DUO_OK ? duo_slot_admits(slot, &parsed) : status;
}

static int build(const struct cli *cli, const struct program_job *job, const struct program *p,
                 const struct key *key, struct buffer *image)
{
    if (!image_build(&job->spec, p->bytes + p->start, p->size - p->start, key, image)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "the image could not be signed");
    }
    enum duo_status status = check_result(key, image, p->slot);
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_REJECTED, job->in, status);
}

int program_look(const struct cli *cli, struct program_job *job)
{
    int code = refuse_wrong_input(cli, job);

    return code == EXIT_DONE ? find_core(cli, job) : code;
}

int program_sign(const struct cli *cli, struct program_job *job, const struct key *key,
                 struct buffer *image)
{
    struct program p = {.slot = &duo_layout.slot[job->spec.core]};

    p.payload_max = p.slot->size - p.slot->meta_max;
    p.bytes = malloc(p.payload_max);
    int code =
        p.bytes ? load_program(cli, job, &p) : cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    if (code == EXIT_DONE) {
        code = check_program(cli, job, &p);
    }
    if (code == EXIT_DONE) {
        code = build(cli, job, &p, key, image);
    }
    job->payload_size = p.size - p.start;
    free(p.bytes);
    return code;
}
