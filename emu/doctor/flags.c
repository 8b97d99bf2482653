/* SPDX-License-Identifier: MIT */
/* Why a fault came, as far as its flags tell. */
#include "chip/stm32h7/regs.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#define CFSR_IBUSERR    (1u << 8)
#define CFSR_IMPRECISE  (1u << 10)
#define CFSR_UNDEFINSTR (1u << 16)
#define CFSR_INVSTATE   (1u << 17)
#define CFSR_INVPC      (1u << 18)
#define CFSR_UNALIGNED  (1u << 24)
#define CFSR_DIVBYZERO  (1u << 25)

/* What the flags say by themselves. */
void flags_explain(const struct fault_state *f, struct finding *n)
{
    static const struct {
        uint32_t flag;
        const char *reason, *fix;
    } kinds[] = {
        {CFSR_UNALIGNED,
         "LDRD, STRD, LDM, STM and the exclusive accesses need a multiple of four, and so does "
         "every access to peripherals; with CCR.UNALIGN_TRP no access may be unaligned.",
         "Copy fields out of packed or received data with memcpy() instead of by a cast pointer."},
        {CFSR_DIVBYZERO, "CCR.DIV_0_TRP is set, and the divisor was 0.", NULL},
        {CFSR_UNDEFINSTR,
         "There is no such instruction: the core executes data, blank or overwritten memory, or an "
         "instruction that it does not have.",
         "See where the branch there came from (LR): a function pointer, a return address on the "
         "stack, or code for another core."},
        {CFSR_INVSTATE,
         "The branch went to an even address, and Cortex-M has Thumb only: a function pointer that "
         "is 0 or was never set, or an address without bit 0.",
         "See where the branch came from (LR), and what the pointer held."},
        {CFSR_INVPC,
         "An exception return with a value that is none, or from a stack that is not "
         "that exception's.",
         NULL},
        {CFSR_IBUSERR,
         "The core fetched code where there is no memory for it: a function pointer or a return "
         "address was overwritten or never set.",
         "See where the branch came from (LR), and what the pointer held."},
        {SCS_CFSR_BFARVALID,
         "There is no memory or peripheral for this core at that address, or it does not answer.",
         "See which pointer held the address."},
        {CFSR_IMPRECISE,
         "There is no memory or peripheral for this core at the address of an earlier store: it "
         "was buffered, so the program had gone on for some instructions when the fault came.",
         "See which pointer held the address, shortly before the place named."},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (f->cfsr & kinds[i].flag) {
            finding_explain(n, kinds[i].reason, kinds[i].fix);
            return;
        }
    }
}
