/* SPDX-License-Identifier: MIT */
#include "emu/torture/results.h"

#include "emu/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x313054524F545544ull /* "DUTORT01" */

struct results {
    uint64_t magic, plan; /* hash of what the outcomes belong to */
    struct outcome outcomes[];
};

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0xbf58476d1ce4e5b9ull;
    return h ^ (h >> 31);
}

/* The undisturbed run stands for device and firmware: another one has other times. */
static uint64_t plan_hash(const struct torture *t)
{
    uint64_t h = mix(MAGIC, t->plan.count);

    for (size_t i = 0; i < t->log.count; i++) {
        h = mix(mix(mix(h, t->log.ops[i].begin), t->log.ops[i].end), t->log.ops[i].addr);
    }
    for (size_t i = 0; i < t->plan.count; i++) {
        const struct cut *c = &t->plan.cuts[i];
        h = mix(mix(mix(h, c->by_op ? c->op : c->at), c->outcome), c->seed);
        h = mix(mix(mix(h, c->again), c->reset), c->by_op);
    }
    return mix(mix(h, t->log.length), t->limit);
}

static size_t size_of(const struct torture *t)
{
    return sizeof(struct results) + t->plan.count * sizeof(struct outcome);
}

/* A blank file, or one that fits. */
static int open_file(const char *path, size_t size)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    if (fd < 0 || fstat(fd, &st) != 0 || (st.st_size == 0 && ftruncate(fd, (off_t)size) != 0)) {
        cli_error("cannot keep results in %s: %s", path, strerror(errno));
    } else if (st.st_size != 0 && (size_t)st.st_size != size) {
        cli_error("%s has the results of another plan; give another file, or remove it", path);
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

int results_open(struct torture *t, const char *file)
{
    size_t size = size_of(t);
    int fd = file ? open_file(file, size) : -1;

    if (file && fd < 0) {
        return EXIT_FILE;
    }
    struct results *r =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (file ? 0 : MAP_ANONYMOUS), fd, 0);
    if (fd >= 0) {
        close(fd);
    }
    if (r == MAP_FAILED) {
        cli_error("no memory for %zu results: %s", t->plan.count, strerror(errno));
        return EXIT_FILE;
    }
    if (r->magic == 0) {
        r->plan = plan_hash(t);
        r->magic = MAGIC;
    }
    if (r->magic != MAGIC || r->plan != plan_hash(t)) {
        cli_error("%s has the results of another plan, device or firmware; give another file, or "
                  "remove it",
                  file);
        munmap(r, size);
        return EXIT_FILE;
    }
    t->outcomes = r->outcomes;
    return 0;
}

void results_close(struct torture *t)
{
    if (t->outcomes) {
        munmap((char *)t->outcomes - sizeof(struct results), size_of(t));
    }
    t->outcomes = NULL;
}
