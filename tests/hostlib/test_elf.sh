#!/bin/sh
# SPDX-License-Identifier: MIT
# Real ARM programs through the loader: load addresses of .data, no ELF headers in front of the code,
# symbols with and without the Thumb bit, a stripped file.
set -eu
tool=$1
command -v arm-none-eabi-gcc >/dev/null || { echo "skipped: arm-none-eabi-gcc is not installed"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/a.c" <<'C'
int counter = 5;
int helper(int x) { return x * counter; }
void reset(void) { for (;;) helper(3); }
__attribute__((section(".isr"), used)) void *const table[] = {(void *)0x20020000, (void *)reset};
C
cat >"$dir/a.ld" <<'LD'
ENTRY(reset)
SECTIONS {
  .isr 0x08020000 : { *(.isr) }
  .text : { *(.text*) end_of_text = .; }
  .data 0x20000000 : AT(ADDR(.text) + SIZEOF(.text)) { *(.data*) }
  /DISCARD/ : { *(.ARM*) }
}
LD
arm-none-eabi-gcc -mcpu=cortex-m7 -mthumb -O1 -fno-inline -nostdlib -T"$dir/a.ld" "$dir/a.c" -o "$dir/a.elf"
arm-none-eabi-objcopy -O binary "$dir/a.elf" "$dir/a.bin"
size=$(wc -c <"$dir/a.bin")

fail() { echo "FAIL: $1"; cat "$dir/out"; exit 1; }
address=$(arm-none-eabi-nm "$dir/a.elf" | awk '$3 == "helper" {print $1}')
"$tool" "$dir/a.elf" "$address" >"$dir/out"
grep -q "^low 0x08020000 high $(printf '0x%08x' $((0x08020000 + size))) " "$dir/out" || fail "range differs from objcopy's"
grep -q "^name helper$" "$dir/out" || fail "symbol by address"
grep -q "^helper 0x$address$" "$dir/out" || fail "address by symbol"
"$tool" "$dir/a.elf" "$(printf '%x' $((0x$address + 3)))" >"$dir/out"
grep -q "^name helper+0x2$" "$dir/out" || fail "symbol inside, Thumb bit set"

end=$(arm-none-eabi-nm "$dir/a.elf" | awk '$3 == "end_of_text" {print $1}')
beyond=$(printf '%08x' $((0x$end + 0x100)))
"$tool" "$dir/a.elf" "$beyond" >"$dir/out"
grep -q "^name 0x$beyond$" "$dir/out" || fail "a label at the end of a section names what is beyond"

arm-none-eabi-strip "$dir/a.elf" -o "$dir/s.elf"
"$tool" "$dir/s.elf" "$address" >"$dir/out"
grep -q "^name 0x$address$" "$dir/out" || fail "a stripped file has no names"

# Cut anywhere, the file is refused with a reason.
total=$(wc -c <"$dir/a.elf")
for len in 1 4 51 52 60 100 $((total / 2)) $((total - 1)); do
  head -c "$len" "$dir/a.elf" >"$dir/cut.elf"
  if "$tool" "$dir/cut.elf" 0 >"$dir/out" 2>&1; then fail "cut to $len bytes was accepted"; fi
  grep -q "cut.elf: " "$dir/out" || fail "no reason given"
done
echo "ok"
