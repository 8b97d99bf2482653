/* SPDX-License-Identifier: MIT */
#include "duo/mailbox.h"

#include "duo/sram4.h"
#include "lib/notify.h"
#include "lib/start.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/hsem.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/ramfunc.h"

#define RING_MAGIC 0x52494E47u
#define PROCID     0x4Du

/*
 * The sender owns head and slots, the receiver owns tail; both count forever. The sender empties
 * the ring when it starts and writes the magic last: a ring without it is empty.
 */
struct ring {
    volatile uint32_t magic;
    volatile uint32_t head;
    volatile uint32_t tail;
    volatile uint32_t reserved;
    volatile uint32_t slots[DUO_MAILBOX_SLOTS][4];
};

#define RING_TO_M4 ((struct ring *)(uintptr_t)DUO_MAILBOX_BASE)
#define RING_TO_M7 ((struct ring *)(uintptr_t)(DUO_MAILBOX_BASE + DUO_MAILBOX_SIZE / 2u))
_Static_assert(sizeof(struct ring) <= DUO_PIPE_TO_M4 - DUO_MAILBOX_BASE,
               "a ring ends before the pipe in its half");

#ifdef CORE_CM7
#define OUT       RING_TO_M4
#define IN        RING_TO_M7
#define SEM_OUT   DUO_SEM_TO_M4
#define SEM_IN    DUO_SEM_TO_M7
#define IRQ       IRQ_HSEM_CM7
#define HSEM_IER  HSEM_C1IER
#define HSEM_ICR  HSEM_C1ICR
#define HSEM_MISR HSEM_C1MISR
#else
#define OUT       RING_TO_M7
#define IN        RING_TO_M4
#define SEM_OUT   DUO_SEM_TO_M7
#define SEM_IN    DUO_SEM_TO_M4
#define IRQ       IRQ_HSEM_CM4
#define HSEM_IER  HSEM_C2IER
#define HSEM_ICR  HSEM_C2ICR
#define HSEM_MISR HSEM_C2MISR
#endif

void duo_mailbox_clear(void)
{
    RING_TO_M4->magic = 0;
    RING_TO_M7->magic = 0;
    (void)RING_TO_M7->magic; /* the RAM's ECC buffer is written out by one more access */
}

void duo_mailbox_start(void)
{
#ifdef CORE_CM7
    mpu_region(DUO_MAILBOX_MPU_REGION, DUO_SRAM4_BASE,
               MPU_SIZE(16) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED);
    mpu_enable();
#endif
    OUT->magic = 0;
    OUT->head = 0;
    OUT->tail = 0;
    cpu_dsb();
    OUT->magic = RING_MAGIC;
    cpu_dsb();

    hsem_clock(true);
    REG_AT(HSEM_BASE, HSEM_ICR) = 1u << SEM_IN;
    REG_AT(HSEM_BASE, HSEM_IER) |= 1u << SEM_IN;
    nvic_enable(IRQ);
}

RAMFUNC bool duo_mailbox_isr(void)
{
    bool mine = (REG_AT(HSEM_BASE, HSEM_MISR) & (1u << SEM_IN)) != 0;

    REG_AT(HSEM_BASE, HSEM_ICR) = 1u << SEM_IN;
    (void)REG_AT(HSEM_BASE, HSEM_MISR); /* the line must be low before the handler returns */
    return mine;
}

/* Taking and freeing a semaphore is the only way to interrupt the other core that says who. */
RAMFUNC void mailbox_notify(void)
{
    if (hsem_take(SEM_OUT, HSEM_CORE_SELF, PROCID)) {
        hsem_release(SEM_OUT, HSEM_CORE_SELF, PROCID);
    }
}

RAMFUNC bool duo_mailbox_send(const struct duo_message *message)
{
    struct ring *r = OUT;
    uint32_t head = r->head;

    if (!message || head - r->tail >= DUO_MAILBOX_SLOTS) {
        return false;
    }
    volatile uint32_t *slot = r->slots[head % DUO_MAILBOX_SLOTS];
    slot[0] = message->kind;
    slot[1] = message->word[0];
    slot[2] = message->word[1];
    slot[3] = message->word[2];
    cpu_dsb(); /* the message before the index that announces it */
    r->head = head + 1u;
    cpu_dsb();
    mailbox_notify();
    return true;
}

static RAMFUNC bool take(struct duo_message *message)
{
    struct ring *r = IN;

    if (r->magic != RING_MAGIC) {
        return false;
    }
    const uint32_t tail = r->tail;
    const uint32_t waiting = r->head - tail;
    if (waiting == 0 || waiting > DUO_MAILBOX_SLOTS) { /* more than fit: written over */
        return false;
    }
    cpu_dsb(); /* the index before the message it announces */
    const volatile uint32_t *slot = r->slots[tail % DUO_MAILBOX_SLOTS];
    message->kind = slot[0];
    message->word[0] = slot[1];
    message->word[1] = slot[2];
    message->word[2] = slot[3];
    cpu_dsb();
    r->tail = tail + 1u;
    return true;
}

RAMFUNC bool duo_mailbox_receive(struct duo_message *message)
{
    while (message && take(message)) {
        if (message->kind < DUO_MESSAGE_SYSTEM) {
            return true;
        }
    }
    return false;
}
