/* SPDX-License-Identifier: MIT */
#include "tool/provision_plan.h"

#include "provision_scripts.h" /* made of tool/provision */

/* The values that a new chip has must still be there: the scripts look, and change nothing of it.
 */
static const char as_delivered[] =
    "As delivered, and looked at before anything is written:\n"
    "  BOOT_CM7_ADD0 = 0x0800   the M7 starts its bootloader, at 0x08000000\n"
    "  BOOT_CM4_ADD0 = 0x0810   the M4 starts its bootloader, at 0x08100000; with layout twin the "
    "M7's\n"
    "                           bootloader sets 0x0801 at its first start\n"
    "  SWAP_BANK = 0            bank 1 comes first\n"
    "  BCM7 = 1                 the M7 starts by itself\n"
    "  SECURITY = 0             no secure mode\n"
    "  RDP = 0xAA               level 0: taking another level off would erase the device\n"
    "  nWRP0 to nWRP15 = 1      no sector is write-protected\n\n";

static const char bcm4[] =
    "Set after flash has been written and compared, in this order, each read back:\n"
    "  BCM4 = 0                 the M4 is held until the M7 has verified both images. Not earlier: "
    "only\n"
    "                           the M7's bootloader lets the M4 go\n";

static const char wrp[] =
    "  nWRP0 = 0, nWRP8 = 0     sector 0 of each bank, the bootloaders: no application can replace "
    "them.\n"
    "                           Not earlier: it would keep them from being written\n";

static const char no_wrp[] = "  (no write protection: in this layout an update writes the "
                             "bootloaders into the other bank)\n";

static const char rdp[] = "  RDP = 0xBB               level 1: a probe, and ST's ROM loader, can "
                          "no longer read or write flash.\n"
                          "                           Last, because nothing can be written or "
                          "compared after it. It can be\n"
                          "                           taken off, which erases the device. Level 2 "
                          "(0xCC) never can: not used\n";

static const char no_rdp[] =
    "  (no read protection, as asked: whoever has a probe reads and replaces everything)\n";

void provision_print_options(FILE *out, const struct provision_plan *plan)
{
    fputs("Option bytes of a device, made by `duoboot provision`.\n\n", out);
    fputs(as_delivered, out);
    fputs(bcm4, out);
    fputs(plan->write_protection ? wrp : no_wrp, out);
    fputs(plan->read_protection ? rdp : no_rdp, out);
    fputs("\nThen power off and on: boot modes and protection are as set from then on.\n", out);
}

static void print_script(FILE *out, const struct provision_plan *plan, const char *tool)
{
    fprintf(out,
            "#!/bin/sh\n# Sets up one new device: device.hex and option bytes, as options.txt "
            "says. Made by "
            "`duoboot provision`.\nset -eu\ncd \"$(dirname \"$0\")\"\n"
            "hex=device.hex\nwrite_protection=%s\nread_protection=%s\n",
            plan->write_protection ? "yes" : "no", plan->read_protection ? "yes" : "no");
    fputs(tool, out);
    fputs(script_steps, out);
}

void provision_print_cubeprogrammer(FILE *out, const struct provision_plan *plan)
{
    print_script(out, plan, script_cubeprogrammer);
}

void provision_print_openocd(FILE *out, const struct provision_plan *plan)
{
    print_script(out, plan, script_openocd);
}
