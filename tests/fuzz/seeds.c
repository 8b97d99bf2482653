/* SPDX-License-Identifier: MIT */
/* Writes the inputs that fuzzing begins with. usage: fuzz_seeds DIRECTORY */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/bytes.h"
#include "core/image/about.h"
#include "tests/txn/world.h"

static const char *directory;

static void put(const char *target, const char *name, const void *data, size_t size)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", directory, target);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof(path), "%s/%s/%s", directory, target, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void put_text(const char *target, const char *name, const char *text)
{
    put(target, name, text, strlen(text));
}

/* With the bytes in front that a target takes for itself. */
static void put_after(const char *target, const char *name, const void *head, size_t head_size,
                      const void *data, size_t size)
{
    uint8_t *all = malloc(head_size + size);

    if (!all) {
        abort();
    }
    memcpy(all, head, head_size);
    memcpy(all + head_size, data, size);
    put(target, name, all, head_size + size);
    free(all);
}

/* A set that revokes keys: format 2 of the manifest, and a TLV of both images. */
static void put_revoking(const struct test_set *s)
{
    static const uint8_t piece[] = {0, 200, 0};

    for (unsigned c = 0; c < DUO_CORES; c++) {
        put("image", c ? "m4-revoking" : "m7-revoking", s->image[c].file, s->image[c].file_size);
        put("slot", c ? "m4-revoking" : "m7-revoking", s->image[c].slot, s->image[c].slot_size);
    }
    put_after("bundle", "revoking", piece, 2, s->bundle, s->bundle_size);
}

static void put_images(struct world *w)
{
    static const uint8_t piece[] = {0, 200, 0};
    static const uint8_t open_piece[] = {0, 100, 1};
    const struct test_set *s = &w->sets[0];

    for (unsigned c = 0; c < DUO_CORES; c++) {
        const struct test_image *im = &s->image[c];
        put("image", c ? "m4" : "m7", im->file, im->file_size);
        put("slot", c ? "m4" : "m7", im->slot, im->slot_size);
        put_after("slot_stream", c ? "m4" : "m7", piece, sizeof(piece), im->file, im->file_size);
        put_after("slot_stream", c ? "m4-open" : "m7-open", open_piece, sizeof(open_piece),
                  im->file, im->file_size);
    }
    put_after("bundle", "set", piece, 2, s->bundle, s->bundle_size);
    put_after("bundle", "manifest", piece, 2, s->bundle, DUO_MANIFEST_SIZE);
}

/* The journal of a device that has been updated, as the target takes it. */
static void put_journal(struct world *w, const char *target)
{
    static uint8_t text[2u + 2u * SMALL_SECTOR + 4096u];
    size_t n = 0;

    if (world_download(w, w->sets[0].bundle, w->sets[0].bundle_size, 500, false) != DUO_OK) {
        fprintf(stderr, "seeds: the download failed\n");
        exit(1);
    }
    text[n++] = 2;
    text[n++] = 0;
    text[n++] = 2;
    text[n++] = 8;
    for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
        const struct sim_word *word = sim_word_at(&w->sim, w->sim.map->journal[0] + at);
        if (word->kind != SIM_ERASED) {
            text[n++] = 0;
            memcpy(text + n, word->data, DUO_WORD_SIZE);
            n += DUO_WORD_SIZE;
        }
    }
    put(target, "updated", text, n);
}

static void put_twin(const struct set_spec *spec)
{
    static struct world w;

    world_init(&w, &twin_map, twin_slots);
    world_add_set(&w, spec);
    set_program(&w.sets[0], &w.sim);
    put_journal(&w, "journal_twin");
    world_free(&w);
}

/* One segment and one section of 16 bytes, by hand. */
static void put_elf(void)
{
    struct {
        Elf32_Ehdr eh;
        Elf32_Phdr ph;
        uint8_t text[16];
        Elf32_Sym symbols[2];
        char names[8], section_names[32];
        Elf32_Shdr sh[5];
    } f = {0};

    memcpy(f.eh.e_ident, ELFMAG, SELFMAG);
    f.eh.e_ident[EI_CLASS] = ELFCLASS32;
    f.eh.e_ident[EI_DATA] = ELFDATA2LSB;
    f.eh.e_ident[EI_VERSION] = EV_CURRENT;
    f.eh.e_type = ET_EXEC;
    f.eh.e_machine = EM_ARM;
    f.eh.e_version = EV_CURRENT;
    f.eh.e_entry = 0x08020009u;
    f.eh.e_phoff = offsetof(__typeof__(f), ph);
    f.eh.e_shoff = offsetof(__typeof__(f), sh);
    f.eh.e_ehsize = sizeof(f.eh);
    f.eh.e_phentsize = sizeof(f.ph);
    f.eh.e_phnum = 1;
    f.eh.e_shentsize = sizeof(f.sh[0]);
    f.eh.e_shnum = 5;
    f.eh.e_shstrndx = 4;
    f.ph = (Elf32_Phdr){.p_type = PT_LOAD,
                        .p_offset = offsetof(__typeof__(f), text),
                        .p_vaddr = 0x08020000u,
                        .p_paddr = 0x08020000u,
                        .p_filesz = sizeof(f.text),
                        .p_memsz = sizeof(f.text),
                        .p_flags = PF_R | PF_X};
    memcpy(f.text, "\0\0\1\x20\x09\0\2\x08", 8);
    memcpy(f.names, "\0main", 6);
    memcpy(f.section_names, "\0.text\0.symtab\0.strtab", 23);
    f.symbols[1] = (Elf32_Sym){.st_name = 1,
                               .st_value = 0x08020009u,
                               .st_size = 8,
                               .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC),
                               .st_shndx = 1};
    f.sh[1] = (Elf32_Shdr){.sh_name = 1,
                           .sh_type = SHT_PROGBITS,
                           .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                           .sh_addr = 0x08020000u,
                           .sh_offset = offsetof(__typeof__(f), text),
                           .sh_size = sizeof(f.text)};
    f.sh[2] = (Elf32_Shdr){.sh_name = 7,
                           .sh_type = SHT_SYMTAB,
                           .sh_offset = offsetof(__typeof__(f), symbols),
                           .sh_size = sizeof(f.symbols),
                           .sh_link = 3,
                           .sh_info = 1,
                           .sh_entsize = sizeof(f.symbols[0])};
    f.sh[3] = (Elf32_Shdr){.sh_name = 15,
                           .sh_type = SHT_STRTAB,
                           .sh_offset = offsetof(__typeof__(f), names),
                           .sh_size = sizeof(f.names)};
    f.sh[4] = (Elf32_Shdr){.sh_name = 15,
                           .sh_type = SHT_STRTAB,
                           .sh_offset = offsetof(__typeof__(f), section_names),
                           .sh_size = sizeof(f.section_names)};
    put("load", "small.elf", &f, sizeof(f));
    put("symbols", "small.elf", &f, sizeof(f));
    f.eh.e_phoff++; /* program headers at an odd place */
    put("load", "odd.elf", &f, sizeof(f));
}

static void put_texts(void)
{
    put_text("load", "small.hex", ":020000040802F0\n:0400000000010020DB\n:00000001FF\n");
    put_text("load", "small.bin", "firmware");
    put_text("gdb", "session",
             "qSupported:xmlRegisters=arm\n?\ng\nm8000000,20\nZ0,8020000,2\nz0,8020000,2\nc\ns\n"
             "qXfer:features:read:target.xml:0,100\nvFlashErase:08020000,20000\n"
             "vFlashErase:20000000,20\nvFlashErase:081fffe0,40\n" /* beyond the flash */
             "vFlashWrite:8020000:abcd\nvFlashDone\nqRcmd,68656c70\nM24000000,2:0102\n"
             "p1f\nPf=00000020\nX24000000,2:ab\n");
    put_text("keys", "public.pem",
             "-----BEGIN PUBLIC KEY-----\n"
             "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
             "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
             "-----END PUBLIC KEY-----\n");
}

/* Devices, import, a descriptor asked for, a transfer taken back. */
static void put_usbip(void)
{
    enum { OPERATION = 8, BUS = 32, URB = 48 };
    uint8_t all[2 + OPERATION + OPERATION + BUS + 2 * URB] = {0, 255};
    uint8_t *at = all + 2;

    memcpy(at, "\x01\x11\x80\x05\0\0\0\0", OPERATION);
    at += OPERATION;
    memcpy(at, "\x01\x11\x80\x03\0\0\0\0001-1", OPERATION + 3);
    put("usbip", "import", all, 2 + OPERATION + OPERATION + BUS);
    all[0] = 1;
    at = all + 2;
    memset(at, 0, 2 * URB);
    at[3] = 1;     /* submit */
    at[7] = 1;     /* its number */
    at[15] = 1;    /* to the host */
    at[27] = 18;   /* so many bytes */
    at[40] = 0x80; /* get descriptor */
    at[41] = 6;
    at[43] = 1;
    at[46] = 18;
    at[URB + 3] = 2; /* unlink */
    at[URB + 7] = 2;
    at[URB + 23] = 1; /* that one */
    put("usbip", "transfer", all, 2 + 2 * URB);
}

static void put_about(void)
{
    struct duo_about_record record = {.about = {.magic = DUO_ABOUT_MAGIC}, .ring.count = 1};

    put("about", "bootloader.bin", &record, sizeof(record));
}

static void put_lives(void)
{
    static const uint8_t update[] = {0, 1, 0, 3, 232, 7, 7, 7};
    static const uint8_t cut_update[] = {5, 0, 40, 2, 0, 2, 0, 1, 0, 7, 7, 2, 7, 7};
    static const uint8_t refused[] = {4, 0, 60, 3, 1, 0, 1, 0, 3, 232, 7, 7, 3, 2, 3, 7, 7};
    static const uint8_t ymodem[] = {0, 157, 1, 0, 255, 'a', 0, '5', 0};
    static const uint8_t answers[] = {33, 'C', 33, 6, 33, 'C', 33, 6, 33, 6, 33, 6, 33, 0x15};

    static const char *const lives[] = {"txn", "txn_twin"};
    for (unsigned i = 0; i < 2; i++) {
        put(lives[i], "update", update, sizeof(update));
        put(lives[i], "cut", cut_update, sizeof(cut_update));
        put(lives[i], "refused", refused, sizeof(refused));
    }
    /* After a byte that says how many follow: an echo in both framings; and a piece of a file. */
    static const char smp[] = "\x1b\x06\x09"
                              "ABAKAAAGAABCAKFhZGJoaZsK\n"
                              "\x0e\x0a\0\0\x06\0\0\x42\0\xa1"
                              "adbhi";
    static const char piece[] = "\x23\x0a\0\0\x1b\0\x01\x01\x01\xa4"
                                "coff\0ddataCabcclen\x06"
                                "eimage\x01";
    /* Sync; get; write of four bytes; go. */
    static const uint8_t an3155[] = {1, 0x7F, 2, 0, 0xFF, 2, 0x31, 0xCE, 5,    8, 2, 0, 0, 10, 6,
                                     3, 1,    2, 3, 4,    7, 2,    0x21, 0xDE, 5, 8, 2, 0, 0,  10};
    static const char map[] = "\xa4"
                              "coff\0ddataCabcclen\x06"
                              "eimage\x01";
    put("cbor", "map", map, sizeof(map) - 1);
    put("smp", "echo", smp, sizeof(smp) - 1);
    put("smp", "piece", piece, sizeof(piece) - 1);
    put("an3155", "write", an3155, sizeof(an3155));
    put("ymodem_rx", "header", ymodem, sizeof(ymodem));
    put("ymodem_tx", "answers", answers, sizeof(answers));
}

/* Sentences of tests/fuzz/speech.c: a set by YMODEM, by SMP and over ST's protocol, and a walk
 * through the menu. */
static void put_recovery(void)
{
    enum { FILE_BEGINS = 128, BLOCK, FILE_ENDS = 131, KEY = 96, PIECE = 192, PROGRAMMER = 224 };
    uint8_t ymodem[40] = {0, FILE_BEGINS, 1}, smp[120] = {0, PIECE, 1 | 2 << 3};
    static const uint8_t programmer[] = {0, PROGRAMMER, 200, PROGRAMMER, 0, PROGRAMMER,
                                         1, PROGRAMMER, 5,   8,          0, 0x10,
                                         0, 3,          1,   2,          3, 4};
    uint8_t menu[60] = {0};

    for (size_t i = 3; i < 35; i += 2) {
        ymodem[i] = BLOCK;
    }
    memcpy(ymodem + 35, (const uint8_t[]){FILE_ENDS, 0, FILE_BEGINS, 131, 0}, 5);
    for (size_t i = 3; i + 1 < sizeof(smp); i += 2) {
        smp[i] = PIECE;
        smp[i + 1] = 100;
    }
    for (size_t i = 1; i + 1 < sizeof(menu); i += 2) {
        menu[i] = KEY;
        menu[i + 1] = (uint8_t)(i / 2);
    }
    put("recovery", "ymodem", ymodem, sizeof(ymodem));
    put("recovery", "smp", smp, sizeof(smp));
    put("recovery", "programmer", programmer, sizeof(programmer));
    put("recovery", "menu", menu, sizeof(menu));
}

/* Steps of tests/fuzz/session.c: a bundle; both images; a bundle that is gone on with after a cut.
 */
static void put_session(void)
{
    enum { BEGIN, RESUME, INSTALL = 3, NEXT, BUFFER, FILE_IS, GO_ON = 11, SPOIL = 14, RESTART };
    static const uint8_t bundle[] = {FILE_IS, 3, BEGIN, GO_ON, INSTALL, RESTART};
    static const uint8_t images[] = {BUFFER,  FILE_IS, 4 + 3, BEGIN,   GO_ON,  NEXT,
                                     FILE_IS, 8 + 3,   GO_ON, INSTALL, RESTART};
    static const uint8_t cut[] = {FILE_IS, 3,       SPOIL, 0,      0,     90,      2,      BEGIN,
                                  GO_ON,   FILE_IS, 3,     RESUME, GO_ON, INSTALL, RESTART};

    put("session", "bundle", bundle, sizeof(bundle));
    put("session", "images", images, sizeof(images));
    put("session", "cut", cut, sizeof(cut));
}

int main(int argc, char **argv)
{
    static struct world w;
    const struct set_spec spec = {
        .image = {{.payload = SMALL_SECTOR + 100u, .seed = 1}, {.payload = 600u, .seed = 2}},
        .number = 1,
        .counter = 1,
        .trial_boots = 2};

    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    directory = argv[1];
    (void)mkdir(directory, 0777);
    world_init(&w, &small_map, small_slots);
    world_add_set(&w, &spec);
    set_program(&w.sets[0], &w.sim);
    put_images(&w);
    struct set_spec revoking = spec;
    revoking.revokes = (struct duo_revocation){{0x01020304, 0x05060708}};
    revoking.image[DUO_CM7].revokes = revoking.image[DUO_CM4].revokes = revoking.revokes;
    put_revoking(&w.sets[world_add_set(&w, &revoking)]);
    put_journal(&w, "journal");
    put_twin(&spec);
    put_elf();
    put_texts();
    put_lives();
    put_recovery();
    put_session();
    put_usbip();
    put_about();
    world_free(&w);
    return 0;
}
