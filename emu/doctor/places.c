/* SPDX-License-Identifier: MIT */
#include "emu/doctor/places.h"

#include "chip/stm32h7/memory.h"
#include "hostlib/symbols.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void places_add(struct places *p, const char *path)
{
    if (p->count == PLACES_MAX_FILES) {
        return;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return; /* the loader has said so already */
    }
    Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);
    if (!dwarf) {
        close(fd);
        return;
    }
    p->files[p->count++] = (struct dwarf_file){.dwarf = dwarf, .fd = fd};
}

void places_free(struct places *p)
{
    for (unsigned i = 0; i < p->count; i++) {
        dwarf_end(p->files[i].dwarf);
        close(p->files[i].fd);
    }
    p->count = 0;
}

/* Without .debug_aranges (some linkers drop it) every unit has to be asked. */
static Dwarf_Line *line_in(Dwarf *dwarf, Dwarf_Addr addr)
{
    Dwarf_Off off = 0, next;
    size_t header;

    while (dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die cu;
        Dwarf_Line *line = NULL;
        if (dwarf_offdie(dwarf, off + header, &cu) && dwarf_haspc(&cu, addr) == 1) {
            line = dwarf_getsrc_die(&cu, addr);
        }
        if (line) {
            return line;
        }
        off = next;
    }
    return NULL;
}

bool places_line(const struct places *p, uint32_t addr, const char **file, int *line)
{
    for (unsigned i = 0; i < p->count; i++) {
        Dwarf_Line *found = line_in(p->files[i].dwarf, addr & ~1u);
        const char *path = found ? dwarf_linesrc(found, NULL, NULL) : NULL;
        if (!path || dwarf_lineno(found, line) != 0) {
            continue;
        }
        const char *slash = strrchr(path, '/');
        *file = slash ? slash + 1 : path;
        return true;
    }
    return false;
}

const char *places_format(const struct places *p, const struct symbols *symbols, uint32_t addr,
                          char *buf, size_t size)
{
    const char *file;
    int line;
    uint32_t off = 0;
    const char *name = symbols ? symbols_name(symbols, addr, &off) : NULL;
    /* Functions that the linker has dropped are at 0 in the debug information. */
    bool dropped = !name && addr < MEM_ITCM_BASE + MEM_ITCM_SIZE;
    bool known = !dropped && places_line(p, addr, &file, &line);

    if (name && known) {
        snprintf(buf, size, "%s() at %s:%d", name, file, line);
    } else if (known) {
        snprintf(buf, size, "%s:%d (0x%08X)", file, line, (unsigned)addr);
    } else if (name) {
        snprintf(buf, size, "%s() + 0x%X (0x%08X)", name, (unsigned)off, (unsigned)addr);
    } else {
        snprintf(buf, size, "0x%08X", (unsigned)addr);
    }
    return buf;
}
