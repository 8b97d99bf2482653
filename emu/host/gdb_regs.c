/* SPDX-License-Identifier: MIT */
#include "chip/stm32h7/memory.h"
#include "emu/host/gdb_stub.h"

#include <stdio.h>
#include <string.h>

/* d0..d15 are 26..41, fpscr 42, then msp, psp, primask, basepri, faultmask, control. */
#define GDB_D0     26
#define GDB_FPSCR  42
#define GDB_SYSTEM 43

static const uint8_t system_regs[] = {REG_MSP,     REG_PSP,       REG_PRIMASK,
                                      REG_BASEPRI, REG_FAULTMASK, REG_CONTROL};

unsigned gdb_reg_size(unsigned n)
{
    if (n >= GDB_D0 && n < GDB_FPSCR) {
        return 8;
    }
    return n < 16 || (n >= GDB_XPSR && n < GDB_REGS) ? 4 : 0;
}

static unsigned core_number(unsigned n)
{
    if (n < 16) {
        return n;
    }
    if (n == GDB_XPSR) {
        return REG_XPSR;
    }
    return n == GDB_FPSCR ? (unsigned)REG_FPSCR : system_regs[n - GDB_SYSTEM];
}

uint64_t gdb_reg_get(const struct core *c, unsigned n)
{
    if (n < GDB_D0 || n >= GDB_FPSCR) {
        return core_reg(c, core_number(n));
    }
    unsigned s = REG_S0 + 2 * (n - GDB_D0);
    return core_reg(c, s) | (uint64_t)core_reg(c, s + 1) << 32;
}

void gdb_reg_set(struct core *c, unsigned n, uint64_t value)
{
    if (n < GDB_D0 || n >= GDB_FPSCR) {
        core_set_reg(c, core_number(n), (uint32_t)value);
        return;
    }
    unsigned s = REG_S0 + 2 * (n - GDB_D0);
    core_set_reg(c, s, (uint32_t)value);
    core_set_reg(c, s + 1, (uint32_t)(value >> 32));
}

const char *gdb_target_xml(void)
{
    static char xml[4096];
    size_t n = 0;

    if (xml[0]) {
        return xml;
    }
#define ADD(...) n += (size_t)snprintf(xml + n, sizeof(xml) - n, __VA_ARGS__)
    ADD("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
        "<architecture>arm</architecture><feature name=\"org.gnu.gdb.arm.m-profile\">");
    for (unsigned i = 0; i < 13; i++) {
        ADD("<reg name=\"r%u\" bitsize=\"32\"/>", i);
    }
    ADD("<reg name=\"sp\" bitsize=\"32\" type=\"data_ptr\"/><reg name=\"lr\" bitsize=\"32\"/>"
        "<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\"/>"
        "<reg name=\"xpsr\" bitsize=\"32\" regnum=\"%d\"/></feature>"
        "<feature name=\"org.gnu.gdb.arm.vfp\">",
        GDB_XPSR);
    for (unsigned i = 0; i < 16; i++) {
        ADD("<reg name=\"d%u\" bitsize=\"64\" type=\"ieee_double\"/>", i);
    }
    ADD("<reg name=\"fpscr\" bitsize=\"32\" group=\"float\"/></feature>"
        "<feature name=\"org.gnu.gdb.arm.m-system\">");
    static const char *const names[] = {"msp", "psp", "primask", "basepri", "faultmask", "control"};
    for (unsigned i = 0; i < 6; i++) {
        ADD("<reg name=\"%s\" bitsize=\"32\"%s/>", names[i], i < 2 ? " type=\"data_ptr\"" : "");
    }
#undef ADD
    snprintf(xml + n, sizeof(xml) - n, "</feature></target>");
    return xml;
}

static size_t add_region(char *xml, size_t room, const char *type, uint32_t base, uint32_t size)
{
    bool flash = strcmp(type, "flash") == 0;
    int n =
        snprintf(xml, room, "<memory type=\"%s\" start=\"0x%x\" length=\"0x%x\">%s</memory>", type,
                 base, size, flash ? "<property name=\"blocksize\">0x20000</property>" : "");

    return n > 0 && (size_t)n < room ? (size_t)n : 0;
}

const char *gdb_memory_map(const struct machine *m, enum core_id id)
{
    static const char *const types[] = {
        [MEM_RAM] = "ram", [MEM_FLASH] = "flash", [MEM_ROM] = "rom"};
    static const uint32_t others[][2] = {{MEM_BACKUP_BASE, MEM_BACKUP_SIZE},
                                         {MEM_PERIPHERALS_BASE, MEM_PERIPHERALS_SIZE},
                                         {MEM_PPB_BASE, MEM_PPB_SIZE}};
    static char xml[4096];
    size_t n = (size_t)snprintf(xml, sizeof(xml), "<?xml version=\"1.0\"?><memory-map>");

    for (unsigned i = 0; i < m->bus.nmems; i++) {
        const struct mem *mem = &m->bus.mems[i];
        if (mem->cores >> id & 1) {
            n += add_region(xml + n, sizeof(xml) - n, types[mem->kind], mem->base, mem->size);
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        n += add_region(xml + n, sizeof(xml) - n, "ram", others[i][0], others[i][1]);
    }
    snprintf(xml + n, sizeof(xml) - n, "</memory-map>");
    return xml;
}
