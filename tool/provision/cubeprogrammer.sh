# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2086,SC2154

# By ST's STM32CubeProgrammer. STM32_PROGRAMMER_CLI names the program if it is not in PATH; PROBE is more for its -c ("sn=...").
programmer() { "${STM32_PROGRAMMER_CLI:-STM32_Programmer_CLI}" -c port=SWD mode=UR ${PROBE:-} "$@"; }
word() { programmer -r32 "$1" 4 | awk -v at="$1" 'tolower($1) == at && $2 == ":" && !n++ { print $3 }'; }
erase() { programmer -e all; }
write_and_verify() { programmer -w "$hex" -v; }
hold_m4() { programmer -ob BCM4=0; }
protect_bootloaders() { programmer -ob nWRP0=0 nWRP8=0; } # 8 sectors a bank
protect_reading() { programmer -ob RDP=0xBB; }
