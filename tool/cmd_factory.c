/* duoboot factory: both slots as a programmer writes them into a new device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/slot.h"
#include "duo/flashmap.h"
#include "tool/inputs.h"

struct args {
    const char *image[DUO_CORES], *out;
};

enum { OPT_M7 = 256, OPT_M4 };

static const struct option options[] = {
    {"m7", required_argument, NULL, OPT_M7},
    {"m4", required_argument, NULL, OPT_M4},
    {"out", required_argument, NULL, 'o'},
    CLI_OPTIONS,
};

static const char *parse(struct cli *cli, int argc, char **argv, struct args *a)
{
    int c;

    while ((c = getopt_long(argc, argv, "o:" CLI_SHORT, options, NULL)) != -1) {
        switch (c) {
        case OPT_M7:
            a->image[DUO_CM7] = optarg;
            break;
        case OPT_M4:
            a->image[DUO_CM4] = optarg;
            break;
        case 'o':
            a->out = optarg;
            break;
        default:
            if (!cli_option(cli, c)) {
                return "";
            }
        }
    }
    if (optind != argc) {
        return "give the images by --m7 and --m4";
    }
    if (a->image[DUO_CM7] == NULL || a->image[DUO_CM4] == NULL) {
        return "--m7 and --m4 are needed: a device starts both cores or none";
    }
    return a->out != NULL ? NULL : "--out is needed: the HEX file to write";
}

/* Intel HEX, as text that grows. */
struct hex {
    char *text;
    size_t size, room;
    bool failed;
};

static void put_record(struct hex *h, uint8_t type, uint16_t addr, const uint8_t *data, size_t len)
{
    unsigned sum = (unsigned)len + (addr >> 8) + (addr & 0xFFu) + type;

    if (h->room - h->size < 64) {
        size_t room = h->room * 2 + 4096;
        char *text = realloc(h->text, room);
        if (text == NULL) {
            h->failed = true;
            return;
        }
        h->text = text;
        h->room = room;
    }
    h->size += (size_t)snprintf(h->text + h->size, 16, ":%02X%04X%02X", (unsigned)len, addr, type);
    for (size_t i = 0; i < len; i++) {
        sum += data[i];
        h->size += (size_t)snprintf(h->text + h->size, 8, "%02X", data[i]);
    }
    h->size += (size_t)snprintf(h->text + h->size, 8, "%02X\n", (0x100u - (sum & 0xFFu)) & 0xFFu);
}

/* Whole flash words of the slot that are not blank; 16 bytes a record. */
static void put_slot(struct hex *h, uint32_t base, const uint8_t *data, uint32_t len)
{
    uint32_t upper = 0;

    for (uint32_t at = 0; at < len && !h->failed; at += 16) {
        uint32_t addr = base + at;
        if (addr >> 16 != upper) {
            upper = addr >> 16;
            const uint8_t high[2] = {(uint8_t)(upper >> 8), (uint8_t)upper};
            put_record(h, 4, 0, high, 2);
        }
        put_record(h, 0, (uint16_t)addr, data + at, 16);
    }
}

/* Lays the image file out in `slot_bytes` (the size of the slot, all 0xFF) as a device would. */
static enum duo_status lay_out(const struct duo_slot *slot, const struct duo_image *image,
                               const struct buffer *file, uint8_t *slot_bytes, uint32_t *used)
{
    static uint8_t meta[DUO_SLOT_META_SIZE];
    struct duo_slot_stream stream;
    uint32_t pos = 0, offset = 0, len = 0;

    duo_slot_stream_init(&stream, slot, meta, image->file_size);
    while (pos < image->file_size) {
        struct duo_slot_run run;
        uint32_t taken = 0;
        enum duo_status st =
            duo_slot_stream_push(&stream, file->data + pos, image->file_size - pos, &taken, &run);
        if (st != DUO_OK) {
            return st;
        }
        if (run.len > 0) {
            memcpy(slot_bytes + run.offset, run.data, run.len);
        }
        pos += taken;
    }
    enum duo_status st = duo_slot_stream_finish(&stream, &offset, &len);
    if (st == DUO_OK) {
        memcpy(slot_bytes + offset, meta, len);
        *used = offset + len;
    }
    return st;
}

static int add_slot(const struct cli *cli, enum duo_core core, const char *path, struct hex *h)
{
    const struct duo_slot *slot = duo_slot_of(core);
    struct buffer file = {0};
    struct duo_image image;
    uint32_t used = 0;
    int code = input_image(cli, path, &file, &image);

    if (code == EXIT_DONE) {
        enum duo_status st = duo_slot_admits(slot, &image);
        uint8_t *bytes = malloc(slot->size);
        if (bytes == NULL) {
            st = DUO_E_TOO_LARGE;
        } else {
            memset(bytes, 0xFF, slot->size);
        }
        if (st == DUO_OK) {
            st = lay_out(slot, &image, &file, bytes, &used);
        }
        if (st == DUO_OK) {
            put_slot(h, slot->run_base, bytes, used);
        } else {
            code = input_refuse(cli, EXIT_REJECTED, path, st);
        }
        free(bytes);
    }
    free(file.data);
    return code;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct args a = {0};
    struct hex h = {0};
    const char *mistake = parse(cli, argc, argv, &a);

    if (mistake != NULL) {
        return *mistake == '\0'
                   ? EXIT_USAGE
                   : cli_fail(cli, EXIT_USAGE, "`duoboot factory --help` shows an example", "%s",
                              mistake);
    }
    int code = add_slot(cli, DUO_CM7, a.image[DUO_CM7], &h);
    if (code == EXIT_DONE) {
        code = add_slot(cli, DUO_CM4, a.image[DUO_CM4], &h);
    }
    if (code == EXIT_DONE) {
        put_record(&h, 1, 0, NULL, 0);
        if (h.failed) {
            code = cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
        } else if (!cli_write_file(a.out, h.text, h.size, 0644)) {
            code = cli_fail(cli, EXIT_IO, "check the path and its permissions",
                            "%s cannot be written", a.out);
        } else {
            cli_note(cli, "%s: both slots, for a programmer (and duoemu --load)", a.out);
        }
    }
    free(h.text);
    return code;
}

const struct command cmd_factory = {
    .name = "factory",
    .summary = "both slots as a HEX file, to program a new device",
    .usage =
        "usage: duoboot factory --m7 IMAGE --m4 IMAGE --out FILE.hex\n"
        "Writes two signed core images as they lie in the application slots, as Intel HEX for\n"
        "a debug probe or a production programmer. The bootloaders are files of their own.\n\n"
        "      --m7 IMAGE, --m4 IMAGE  made by `duoboot sign` or `imgtool sign`\n"
        "  -o, --out FILE              the HEX file to write\n"
        "      --json, -q, -v          as everywhere\n\n"
        "example: duoboot factory --m7 m7-1.0.0.img --m4 m4-1.0.0.img --out factory.hex\n",
    .run = run,
};
