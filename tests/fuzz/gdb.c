/* SPDX-License-Identifier: MIT */
/* Packets of a debugger, one a line of the input; nobody listens to the answers. */
#include <string.h>

#include "emu/host/gdb_stub.h"
#include "tests/fuzz/fuzz.h"

static struct gdb gdb;

static void make_machine(void)
{
    const struct machine_config config = {.seed = 1};
    char err[256];

    gdb.m = machine_new(&config, err, sizeof(err));
    FUZZ_CHECK(gdb.m);
    machine_power_on(gdb.m);
    for (unsigned c = 0; c < CORES; c++) {
        gdb.stub[c] = (struct gdb_stub){
            .g = &gdb, .m = gdb.m, .id = (enum core_id)c, .listen_fd = -1, .fd = -1};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[GDB_PACKET + 65];

    if (!gdb.m) {
        make_machine();
    }
    struct gdb_stub *s = &gdb.stub[size % CORES];
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t all = end ? (size_t)(end - data) : size;
        const size_t len = all < sizeof(line) - 1 ? all : sizeof(line) - 1;

        memcpy(line, data, len);
        line[len] = '\0';
        gdb_packet(s, line, len);
        data += end ? all + 1 : all;
        size -= end ? all + 1 : all;
    }
    gdb_clear_points(&gdb.stub[CM7]);
    gdb_clear_points(&gdb.stub[CM4]);
    return 0;
}
