/* SPDX-License-Identifier: MIT */
#include "core/base/status.h"

#include <stddef.h>

#include "core/base/ids.h"

static const char *const texts[DUO_STATUS_COUNT] = {
    [DUO_OK] = "ok",
    [DUO_E_READ] = "cannot be read",
    [DUO_E_PROGRAM] = "flash cannot be programmed",
    [DUO_E_ERASE] = "flash cannot be erased",
    [DUO_E_PROTECTED] = "protected",
    [DUO_E_EMPTY] = "empty",
    [DUO_E_TRUNCATED] = "truncated",
    [DUO_E_TRAILING] = "bytes after the end",
    [DUO_E_MAGIC] = "not the expected kind of file",
    [DUO_E_FORMAT_NEW] = "format too new",
    [DUO_E_FORMAT_OLD] = "format too old",
    [DUO_E_MALFORMED] = "malformed",
    [DUO_E_UNSUPPORTED] = "uses an unsupported feature",
    [DUO_E_TOO_LARGE] = "too large for its slot",
    [DUO_E_NO_SIGNATURE] = "not signed",
    [DUO_E_KEY] = "signed by another key",
    [DUO_E_SIGNATURE] = "signature does not match",
    [DUO_E_HASH] = "hash does not match",
    [DUO_E_CORE] = "made for the other core",
    [DUO_E_HARDWARE] = "made for other hardware",
    [DUO_E_DOWNGRADE] = "security counter too low",
    [DUO_E_STACK] = "bad initial stack pointer",
    [DUO_E_ENTRY] = "bad reset vector",
    [DUO_E_MISMATCH] = "not the image that the manifest names",
    [DUO_E_NO_IMAGE] = "no image",
    [DUO_E_ARG] = "bad argument",
    [DUO_E_STATE] = "not allowed now",
    [DUO_E_BUSY] = "busy",
    [DUO_E_TIMEOUT] = "timed out",
    [DUO_E_CANCELLED] = "cancelled",
    [DUO_E_LINE] = "too many transmission errors",
    [DUO_E_JOURNAL] = "journal unusable",
    [DUO_E_OPEN] = "an update session is open already",
    [DUO_E_INTERRUPT] = "not allowed in an interrupt",
    [DUO_E_M7_ONLY] = "only the Cortex-M7 can do that",
    [DUO_E_STUCK] = "a flash operation does not end",
    [DUO_E_LAYOUT] = "made for another flash layout",
    [DUO_E_KEY_ROLE] = "signed by a development key",
    [DUO_E_KEY_REVOKED] = "signed by a revoked key",
    [DUO_E_KEY_FLOOR] = "security counter below what its key may sign",
    [DUO_E_REVOKES_SIGNER] = "revokes the key that it is signed with",
    [DUO_E_REVOCATION_ORDER] = "does not name a key that is revoked already",
    [DUO_E_NO_SECOND] = "lacks the second signature (LMS) that the device demands",
    [DUO_E_SECOND] = "second signature (LMS) does not match",
    [DUO_E_BOOT_BOTH] = "would change both bootloaders at once",
#if DUO_SWAPS
    [DUO_E_BOOT_BANK] = "its M7 bootloader can be installed from bank 1 only",
    [DUO_E_BOOT_OLD] = "its bootloader is older than the present one",
    [DUO_E_BOOT_FOREIGN] = "its M7 bootloader is for other keys or other hardware",
#endif
    [DUO_E_DEPENDENCY] = "the other core's image is older than this one demands",
};

const char *duo_status_text(enum duo_status status)
{
    if ((unsigned)status >= DUO_STATUS_COUNT || !texts[status]) {
        return "unknown status";
    }
    return texts[status];
}
