/* SPDX-License-Identifier: MIT */
/* duoboot sign: one core image from ELF, Intel HEX or BIN. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/base/bytes.h"
#include "hostlib/loader.h"
#include "layouts/layout.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/revoke.h"

#define DEFAULT_HEADER DUO_IMAGE_HEADER_SIZE
#define VECTORS_SIZE   8u
#define HEADER_MAX     4096u /* leaves half of META for TLVs */

struct args {
    const char *in, *out;
    struct key_args key;
    struct revoke_args revoke;
    struct image_spec spec;
    struct core_choice core;
    struct version_choice version;
    struct number_choice counter, hardware;
};

/* The program as it will lie in the slot; gaps are 0xFF, as erased flash. */
struct program {
    uint8_t *bytes;
    const struct duo_slot *slot;
    uint32_t payload_max, size;
    uint32_t start;   /* of the vector table: what lies before it is room for a header */
    uint32_t outside; /* address of the first byte that does not fit */
    bool has_outside;
};

static option_setter take_header_size, take_hardware;

static const struct option_row rows[] = {
    {"core", 'c', "m7|m4", "which core; may be left out for ELF and HEX", option_core,
     offsetof(struct args, core), FILE_NONE},
    {"version", 'V', "VERSION", "MAJOR.MINOR.REVISION[+BUILD]", option_version,
     offsetof(struct args, version), FILE_NONE},
    {"out", 'o', "FILE", "the image to write", option_text, offsetof(struct args, out),
     FILE_WRITTEN},
    {"security-counter", 's', "N", "anti-rollback counter of the image", option_given_u32,
     offsetof(struct args, counter), FILE_NONE},
    {"hardware-id", 0, "N|none", "the hardware it is bound to, default 0x745; none: any",
     take_hardware, offsetof(struct args, hardware), FILE_NONE},
    {"header-size", 'H', "N",
     "bytes in front of the payload; default: the room that the program leaves for it, or 32",
     take_header_size, offsetof(struct args, spec.hdr_size), FILE_NONE},
    {0},
};

static const struct option_group options[] = {{rows, 0},
                                              {key_rows, offsetof(struct args, key)},
                                              {revoke_rows, offsetof(struct args, revoke)},
                                              {cli_rows, OPTIONS_OF_CLI},
                                              {0}};

static const char *take_hardware(struct cli *cli, void *field, const char *value)
{
    struct number_choice *hardware = field;

    hardware->given = strcmp(value, "none") != 0;
    return hardware->given ? option_u32(cli, &hardware->number, value) : NULL;
}

static const char *take_header_size(struct cli *cli, void *field, const char *value)
{
    uint32_t *size = field;

    (void)cli;
    return cli_number(value, HEADER_MAX, size) && *size >= DEFAULT_HEADER
               ? NULL
               : "--header-size is 32 to 4096 bytes";
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 1) {
        return "give exactly one file to sign";
    }
    a->in = cli->operands[0];
    if (!a->key.path || !a->out || !a->version.given) {
        return "--key, --version and --out are needed";
    }
    a->spec.core = a->core.core;
    a->spec.version = a->version.version;
    a->spec.has_counter = a->counter.given;
    a->spec.counter = a->counter.number;
    a->spec.has_hardware = a->hardware.given;
    a->spec.hardware_id = a->hardware.number;
    a->spec.layout = duo_layout.slot[DUO_CM7].layout;
    return NULL;
}

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

static int refuse_outside(const struct cli *cli, const struct args *a, const struct program *p)
{
    const uint32_t base = p->slot->run_base;
    char hint[256];

    if (p->outside == base + p->payload_max) {
        return input_refuse(cli, EXIT_REJECTED, a->in, DUO_E_TOO_LARGE);
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
                    "%s: bytes at 0x%08x are outside of the %s slot, 0x%08x to 0x%08x", a->in,
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

static int find_core(const struct cli *cli, struct args *a)
{
    const struct load_sink sink = {note_low, NULL};
    struct load_result result;
    char err[512];
    uint32_t bin = 0;

    if (a->core.given) {
        return EXIT_DONE;
    }
    if (!load_file(a->in, &bin, &sink, &result, err, sizeof(err))) {
        return EXIT_DONE; /* load_program() will say why */
    }
    for (unsigned i = 0; i < DUO_CORES && result.kind != LOAD_BIN; i++) {
        const struct duo_slot *slot = &duo_layout.slot[(enum duo_core)i];
        if (result.low - slot->run_base < slot->size) {
            a->spec.core = (enum duo_core)i;
            return EXIT_DONE;
        }
    }
    return cli_fail(cli, EXIT_USAGE, "give --core m7 or --core m4",
                    "%s does not say which core it is for", a->in);
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
static void place_bin(const struct args *a, struct program *p)
{
    const uint32_t start = duo_payload_offset(a->spec.hdr_size);

    if (p->start == 0 && start != 0 && p->size <= p->payload_max - start) {
        memmove(p->bytes + start, p->bytes, p->size);
        p->size += start;
        p->start = start;
    }
}

/* The form of the image is told by the size of its header (core/image/slot.h). */
static int choose_header(const struct cli *cli, struct args *a, const struct program *p)
{
    if (a->spec.hdr_size == 0) {
        a->spec.hdr_size = p->start != 0 ? p->start : DEFAULT_HEADER;
    }
    const uint32_t base = p->slot->run_base;
    const uint32_t want = duo_payload_offset(a->spec.hdr_size);

    return want == p->start
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REJECTED,
                          "leave --header-size out: it is chosen by the address",
                          "%s is linked to 0x%08x; with a header of %u bytes that must be 0x%08x",
                          a->in, base + p->start, a->spec.hdr_size, base + want);
}

static int load_program(const struct cli *cli, struct args *a, struct program *p)
{
    const struct load_sink sink = {take_chunk, p};
    struct load_result result;
    char err[512];

    memset(p->bytes, 0xFF, p->payload_max);
    if (!load_file(a->in, &p->slot->run_base, &sink, &result, err, sizeof(err))) {
        return p->has_outside ? refuse_outside(cli, a, p)
                              : cli_fail(cli, EXIT_REJECTED, NULL, "%s", err);
    }
    p->start = find_start(p, result.low);
    if (result.kind == LOAD_BIN) {
        place_bin(a, p);
    }
    if ((p->start & ~DUO_PAYLOAD_OFFSETS) != 0) {
        return cli_fail(cli, EXIT_REJECTED,
                        "link the vector table to the first address of the slot, or, to lie after "
                        "its header, a multiple of 0x400 after that",
                        "%s begins at 0x%08x; the %s slot begins at 0x%08x and so must the program",
                        a->in, p->slot->run_base + p->start, duo_core_name(p->slot->core),
                        p->slot->run_base);
    }
    return choose_header(cli, a, p);
}

static int check_program(const struct cli *cli, const struct args *a, const struct program *p)
{
    if (p->size < p->start + VECTORS_SIZE) {
        return cli_fail(cli, EXIT_REJECTED, "is it the whole program?",
                        "%s: %u bytes are too few for a vector table", a->in, p->size - p->start);
    }
    const uint8_t *vectors = p->bytes + p->start;
    uint32_t sp = duo_get32(vectors), entry = duo_get32(vectors + 4);
    enum duo_status status =
        duo_slot_check_vectors(p->slot, a->spec.hdr_size, p->size - p->start, sp, entry);
    if (status == DUO_OK) {
        return EXIT_DONE;
    }
    char what[512];
    snprintf(what, sizeof(what), "%s: vector table (stack 0x%08x, reset 0x%08x)", a->in, sp, entry);
    return input_refuse(cli, EXIT_REJECTED, what, status);
}

static int refuse_wrong_input(const struct cli *cli, const struct args *a)
{
    struct buffer raw = {0};
    int code = input_read(cli, a->in, &raw);

    if (code == EXIT_DONE) {
        enum file_kind kind = file_kind_of(raw.data, raw.size);
        if (kind == KIND_IMAGE || kind == KIND_BUNDLE || kind == KIND_KEY || kind == KIND_ARCHIVE) {
            code = cli_fail(cli, EXIT_REJECTED, "give the linked program: ELF, Intel HEX or BIN",
                            "%s is %s, not a program to sign", a->in, file_kind_text(kind));
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

static int report(const struct cli *cli, const struct args *a, const struct program *p, size_t size)
{
    const char *core = duo_core_name(a->spec.core);
    char version[24];

    (void)format_version(&a->spec.version, version, sizeof(version));
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o, s:s, s:s, s:I}", "file", cli_json_text(a->out),
                                             "core", core, "version", version, "size",
                                             (json_int_t)size));
    }
    cli_note(cli, "%s: %s image, version %s, %zu bytes (payload %u)", a->out, core, version, size,
             p->size - p->start);
    return EXIT_DONE;
}

static int write_image(const struct cli *cli, const struct args *a, const struct program *p,
                       const struct key *key)
{
    struct buffer image;

    if (!image_build(&a->spec, p->bytes + p->start, p->size - p->start, key, &image)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "the image could not be signed");
    }
    int code = EXIT_DONE;
    enum duo_status status = check_result(key, &image, p->slot);
    if (status != DUO_OK) {
        code = input_refuse(cli, EXIT_REJECTED, a->in, status);
    } else {
        code = cli_write(cli, a->out, image.data, image.size, 0666);
    }
    if (code == EXIT_DONE) {
        code = report(cli, a, p, image.size);
    }
    free(image.data);
    return code;
}

static int sign(const struct cli *cli, struct args *a)
{
    struct key *key = NULL;
    struct program p = {0};
    int code = refuse_wrong_input(cli, a);

    if (code == EXIT_DONE) {
        code = find_core(cli, a);
    }
    if (code == EXIT_DONE) {
        code = input_key(cli, &a->key, true, &key);
        if (code == EXIT_DONE) {
            code = revoke_load(cli, &a->revoke, key, &a->spec.revokes);
        }
    }
    if (code == EXIT_DONE) {
        p.slot = &duo_layout.slot[a->spec.core];
        p.payload_max = p.slot->size - p.slot->meta_max;
        p.bytes = malloc(p.payload_max);
        code = p.bytes ? load_program(cli, a, &p)
                       : cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    if (code == EXIT_DONE) {
        code = check_program(cli, a, &p);
    }
    if (code == EXIT_DONE) {
        code = write_image(cli, a, &p, key);
    }
    free(p.bytes);
    key_free(key);
    return code;
}

static int run(struct cli *cli)
{
    struct args a = {.hardware = {.given = true, .number = DUO_HARDWARE_DEFAULT}};
    const char *mistake = parse(cli, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    return sign(cli, &a);
}

const struct command cmd_sign = {
    .name = "sign",
    .summary = "sign the program of one core (ELF, Intel HEX or BIN)",
    .usage = "--core m7|m4 --version 1.2.3[+4] --key KEY.pem --out IMAGE FILE",
    .about =
        "Makes a signed core image in MCUboot's format from a linked program. The program must be "
        "linked to its "
        "slot (M7 0x08020000, M4 0x08120000; with --layout=twin 0x08020000 and 0x080A0000) and "
        "begin with its vector table; this is checked. A program linked to a multiple of 0x400 "
        "after that, as Zephyr's for MCUboot are, gets a header of that size and lies after it.",
    .options = options,
    .example = "duoboot sign --core m7 --version 1.0.0 --key product.pem --out m7.img app_m7.elf\n"
               "duoboot sign --core m4 --version 1.0.0 --key product.pem --out m4.img app_m4.elf",
    .run = run,
};
