# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154

say() { echo "provision: $*"; }
die() {
    echo "provision: error: $*" >&2
    exit 1
}

# The value of a register of the device, as a number.
register() { # address
    value=$(word "$1") || value=
    case $value in
    '' | *[!0-9A-Fa-f]*) die "the register at $1 cannot be read: is the probe connected, and the board on?" ;;
    esac
    echo $((0x$value))
}
options() { register 0x5200201c; } # OPTSR_CUR
must() { # what is wrong if not, the condition
    why=$1
    shift
    [ "$@" ] || die "$why"
}

say "1. look: is it a device that nobody has set up?"
value=$(register 0x5c001000) # DBGMCU_IDC
must "this is no STM32H745, H747, H755 or H757" $((value & 0xfff)) = $((0x450))
value=$(options)
must "its reading is protected; lifting that erases it, so do it by hand: RDP=0xAA" $(((value >> 8) & 0xff)) = $((0xaa))
must "its banks are swapped: set SWAP_BANK=0 and switch it off and on" $(((value >> 31) & 1)) = 0
must "its M7 does not start by itself: set BCM7=1" $(((value >> 23) & 1)) = 1
must "its secure mode is on, which duoboot does not know" $(((value >> 21) & 1)) = 0
value=$(register 0x52002040) # BOOT7_CUR
must "its M7 starts elsewhere: set BOOT_CM7_ADD0=0x0800" $((value & 0xffff)) = $((0x0800))
value=$(register 0x52002048) # BOOT4_CUR
must "its M4 starts elsewhere: set BOOT_CM4_ADD0=0x0810" $((value & 0xffff)) = $((0x0810))
for at in 0x52002038 0x52002138; do # WPSN_CUR1R, WPSN_CUR2R
    value=$(register $at)
    must "sectors are write-protected: take that off first (all nWRP=1)" $((value & 0xff)) = $((0xff))
done

say "2. erase both banks, an old journal included"
erase || die "it could not be erased"

say "3. write $hex, and read it back"
write_and_verify || die "what is in flash is not what was written; no option has been changed: try again"

say "4. hold the M4 until its bootloader lets it go (BCM4=0)"
hold_m4 || die "the option could not be written; try again"
value=$(options)
must "BCM4 is still 1; nothing is protected yet: try again" $(((value >> 22) & 1)) = 0

if [ "$write_protection" = yes ]; then
    say "5. protect both bootloaders from being written (sector 0 of each bank)"
    protect_bootloaders || die "the option could not be written"
    for at in 0x52002038 0x52002138; do
        value=$(register $at)
        must "the write protection is not as it should be (WPSN at $at); take it off, then begin again" $((value & 0xff)) = $((0xfe))
    done
fi

if [ "$read_protection" = yes ]; then
    say "6. protect flash from being read (RDP level 1); after that a probe can neither read nor write"
    protect_reading || die "the option could not be written"
    value=$(options)
    value=$(((value >> 8) & 0xff))
    must "reading is not protected" $value != $((0xaa))
    must "reading is protected for good (level 2), which was not asked for" $value != $((0xcc))
fi
say "done: switch the device off and on, then see that it runs"
