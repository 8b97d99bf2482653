/* SPDX-License-Identifier: MIT */
/*
 * Where the flash lies: private memory, or one file that survives the emulator.
 *
 * The file is mapped shared, so what was stored is in the file the moment it is stored, also when
 * the emulator is killed in the next instruction; msync() only adds safety against the host losing
 * power. Private memory is copied on write by fork(), so a running machine can be forked cheaply.
 */
#define _GNU_SOURCE /* mremap() */
#include "emu/chip/flash_model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "DUOFLASH";
#define VERSION      1u
#define ORDER_TAG    0x01020304u /* the file is for hosts of the same byte order */
#define HEADER_BYTES 4096u
#define DATA_BYTES   ((size_t)FLASH_BYTES)

struct store_header {
    char magic[8];
    uint32_t version, order, header_bytes, banks, bank_bytes, backup_bytes;
    uint64_t file_bytes;
    uint32_t which; /* of the two option sets below: the one that counts */
    struct options options[2];
};

/* Offsets in the file. The data comes first after the header; pages of 4 KiB throughout. */
enum {
    WEAK_OFF = 0, /* of the "rest" mapping, which starts after the data */
    ECC_OFF = WEAK_OFF + FLASH_BYTES,
    META_OFF = ECC_OFF + FLASH_WORDS * 2,
    BACKUP_OFF = META_OFF + FLASH_WORDS * 2,
    REST_BYTES = BACKUP_OFF + ((BACKUP_BYTES + 4095) & ~4095),
    FILE_BYTES = HEADER_BYTES + FLASH_BYTES + REST_BYTES,
};

static const struct options factory = OPTIONS_OF_FACTORY;

static bool fail(char *err, size_t errlen, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail(char *err, size_t errlen, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err, errlen, fmt, ap);
    va_end(ap);
    return false;
}

/* From the file, or from nothing when there is none; a detached store leaves the file as it is. */
static void *map(const struct store *s, size_t bytes, off_t off, void *at)
{
    int flags = s->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : s->detached ? MAP_PRIVATE : MAP_SHARED;
    void *p = mmap(at, bytes, PROT_READ | PROT_WRITE, flags | (at ? MAP_FIXED : 0), s->fd,
                   s->fd < 0 ? 0 : off);

    return p == MAP_FAILED ? NULL : p;
}

/* Address space to move or place something in. */
static uint8_t *map_hole(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

/* The two banks are mappings of their own, so that store_swap() can exchange them. */
static bool map_all(struct store *s)
{
    s->header = map(s, HEADER_BYTES, 0, NULL);
    s->rest = map(s, REST_BYTES, HEADER_BYTES + FLASH_BYTES, NULL);
    s->view = map_hole(DATA_BYTES);
    if (!s->header || !s->rest || !s->view) {
        return false;
    }
    for (unsigned b = 0; b < FLASH_BANKS && s->fd >= 0; b++) {
        if (!map(s, BANK_BYTES, HEADER_BYTES + (off_t)b * BANK_BYTES,
                 s->view + (size_t)b * BANK_BYTES)) {
            return false;
        }
    }
    s->weak = s->rest + WEAK_OFF;
    s->ecc = (uint16_t *)(s->rest + ECC_OFF);
    s->meta = (uint16_t *)(s->rest + META_OFF);
    s->backup = s->rest + BACKUP_OFF;
    return true;
}

/* A new part: everything erased, factory options. The magic comes last: a file whose making was
 * interrupted is not taken for a part. */
static void make_new(struct store *s)
{
    memset(s->view, 0xFF, DATA_BYTES);
    for (uint32_t w = 0; w < FLASH_WORDS; w++) {
        s->ecc[w] = ECC_MASK;
    }
    struct store_header *h = s->header;
    h->version = VERSION;
    h->order = ORDER_TAG;
    h->header_bytes = HEADER_BYTES;
    h->banks = FLASH_BANKS;
    h->bank_bytes = BANK_BYTES;
    h->backup_bytes = BACKUP_BYTES;
    h->file_bytes = FILE_BYTES;
    h->options[0] = factory;
    h->which = 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    memcpy(h->magic, magic, sizeof(magic));
}

static bool check_header(const struct store_header *h, uint64_t size, const char *file, char *err,
                         size_t errlen)
{
    if (memcmp(h->magic, magic, sizeof(magic)) != 0) {
        return fail(
            err, errlen,
            "%s is not a flash file of duoemu (or its making was interrupted). It is left as it "
            "is: name another file, or remove this one to get a new, erased part",
            file);
    }
    if (h->order != ORDER_TAG) {
        return fail(err, errlen, "%s was written on a host of the other byte order", file);
    }
    if (h->version != VERSION) {
        return fail(
            err, errlen,
            "%s has version %u of the flash file, this duoemu knows version %u. Use the duoemu "
            "that wrote it, or another file",
            file, h->version, VERSION);
    }
    if (h->header_bytes != HEADER_BYTES || h->banks != FLASH_BANKS || h->bank_bytes != BANK_BYTES ||
        h->backup_bytes != BACKUP_BYTES || h->file_bytes != FILE_BYTES || size != FILE_BYTES ||
        h->which > 1) {
        return fail(err, errlen,
                    "%s is damaged: %llu bytes where %d are expected, or a header that "
                    "contradicts itself. Restore it from a copy or name another file",
                    file, (unsigned long long)size, FILE_BYTES);
    }
    return true;
}

/* Reads the header before anything is mapped: a short file must not end in SIGBUS. */
static bool check_file(int fd, uint64_t size, const char *file, char *err, size_t errlen)
{
    struct store_header h;

    memset(&h, 0, sizeof(h));
    if (pread(fd, &h, sizeof(h), 0) < 0) {
        return fail(err, errlen, "cannot read %s: %s", file, strerror(errno));
    }
    return check_header(&h, size, file, err, errlen);
}

/* Opens or creates. *fresh: the file was empty or not there. */
static bool open_file(struct store *s, const char *file, bool *fresh, char *err, size_t errlen)
{
    struct stat st;

    s->fd = open(file, (s->detached ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0666);
    if (s->fd < 0) {
        return fail(err, errlen, "cannot open the flash file %s: %s", file, strerror(errno));
    }
    if (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return fail(err, errlen, "the flash file %s is not an ordinary file", file);
    }
    if (flock(s->fd, (s->detached ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
        return fail(
            err, errlen,
            "the flash file %s is in use by another duoemu: end that one, or name another file",
            file);
    }
    if (fstat(s->fd, &st) < 0) {
        return fail(err, errlen, "cannot read %s: %s", file, strerror(errno));
    }
    *fresh = st.st_size == 0;
    if (!*fresh || s->detached) {
        return check_file(s->fd, (uint64_t)st.st_size, file, err, errlen);
    }
    /* Blocks are taken now: a full disk must be an error here, not a SIGBUS in the middle of a run.
     */
    int e = posix_fallocate(s->fd, 0, FILE_BYTES);
    if (e) {
        if (ftruncate(s->fd, 0) < 0) {
            return fail(err, errlen, "cannot make room for %s: %s", file, strerror(errno));
        }
        return fail(err, errlen, "cannot make room for %d bytes of flash in %s: %s", FILE_BYTES,
                    file, strerror(e));
    }
    return true;
}

bool store_open(struct store *s, const char *file, bool detached, char *err, size_t errlen)
{
    bool fresh = true;

    memset(s, 0, sizeof(*s));
    s->detached = detached;
    s->fd = -1;
    if (file && !open_file(s, file, &fresh, err, errlen)) {
        store_close(s);
        return false;
    }
    if (!map_all(s)) {
        store_close(s);
        return fail(err, errlen, "cannot map the flash memory: %s", strerror(errno));
    }
    if (fresh) {
        make_new(s);
    }
    return true;
}

void store_close(struct store *s)
{
    store_sync(s);
    if (s->header) {
        munmap(s->header, HEADER_BYTES);
    }
    if (s->rest) {
        munmap(s->rest, REST_BYTES);
    }
    if (s->view) {
        munmap(s->view, DATA_BYTES);
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    memset(s, 0, sizeof(*s));
    s->fd = -1;
}

static void move_bank(uint8_t *from, uint8_t *to)
{
    if (mremap(from, BANK_BYTES, BANK_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
        perror("duoemu: cannot exchange the flash banks");
        _exit(1); /* a bank is unmapped: nothing can go on */
    }
}

/* Page tables move, bytes do not: nothing can be torn when the emulator is killed here, and the CPU
 * engines keep their host pointers. */
void store_swap(struct store *s, bool swapped)
{
    if (swapped == s->swapped) {
        return;
    }
    s->swapped = swapped;
    uint8_t *hole = map_hole(BANK_BYTES);
    if (!hole) {
        perror("duoemu: cannot exchange the flash banks");
        _exit(1);
    }
    move_bank(s->view, hole);
    move_bank(s->view + BANK_BYTES, s->view);
    move_bank(hole, s->view + BANK_BYTES);
}

const struct options *store_factory_options(void)
{
    return &factory;
}

const struct options *store_options(const struct store *s)
{
    return &s->header->options[s->header->which];
}

void store_set_options(struct store *s, const struct options *o)
{
    uint32_t other = s->header->which ^ 1;

    s->header->options[other] = *o;
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* the set is whole before it counts */
    __atomic_store_n(&s->header->which, other, __ATOMIC_SEQ_CST);
    store_sync(s);
}

void store_sync(struct store *s)
{
    if (s->fd < 0 || s->detached) {
        return;
    }
    if (s->header) {
        msync(s->header, HEADER_BYTES, MS_SYNC);
    }
    if (s->view) {
        msync(s->view, DATA_BYTES, MS_SYNC);
    }
    if (s->rest) {
        msync(s->rest, REST_BYTES, MS_SYNC);
    }
}
