# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154

# By OpenOCD. OPENOCD names the program if it is not in PATH, OPENOCD_BOARD the configuration of board or probe.
probe() {
    "${OPENOCD:-openocd}" -f "${OPENOCD_BOARD:-board/st_nucleo_h745zi.cfg}" -c init -c 'reset halt' "$@" -c shutdown
}
word() { probe -c "mdw $1" 2>&1 | awk -v at="$1:" '$1 == at && !n++ { print $2 }'; }
erase() { probe -c 'stm32h7x mass_erase 0' -c 'stm32h7x mass_erase 1'; }
write_and_verify() { probe -c "flash write_image $hex" -c "verify_image $hex"; }
hold_m4() { probe -c 'stm32h7x option_write 0 0x20 0 0x400000'; } # BCM4 in OPTSR_PRG
protect_bootloaders() { probe -c 'flash protect 0 0 0 on' -c 'flash protect 1 0 0 on'; }
protect_reading() { probe -c 'stm32h7x lock 0'; }
