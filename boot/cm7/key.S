/* The public key whose images this bootloader runs: DUO_PUBKEY, converted to DER by the build. */
    .syntax unified
    .section .rodata.boot_key, "a", %progbits
    .global boot_key_start
    .global boot_key_end
boot_key_start:
    .incbin "boot_key.der"
boot_key_end:
    .section .note.GNU-stack, "", %progbits
