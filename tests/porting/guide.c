/* SPDX-License-Identifier: MIT */
/*
 * The code that docs/iap.md prints (snippets.inc, made of it by the test), in an application of the
 * Cortex-M7 that has functions of its own with names that libduo uses inside. Ends by semihosting.
 */
#include "snippets.inc"

/* A link on which nothing comes. */
size_t next_bytes(uint32_t from, uint8_t *to, size_t max)
{
    (void)from;
    (void)to;
    (void)max;
    return 0;
}

size_t link_read(uint8_t *to, size_t max)
{
    for (size_t i = 0; i < max; i++) {
        to[i] = 0; /* more than nothing, or compilers warn */
    }
    return 0;
}

static volatile uint32_t lines;

void log_line(const char *what, uint32_t set, const char *reason)
{
    lines += what && reason ? 1u + 0u * set : 0u;
}

void link_write(const uint8_t *bytes, size_t n)
{
    (void)bytes;
    (void)n;
}

void link_flush(void)
{
}

static volatile uint32_t drawn;

void draw_bar(uint32_t percent)
{
    drawn = 1u + percent;
}

#ifdef __cplusplus
extern "C" {
#endif

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)

/* Semihosting for ARM, SYS_EXIT: the reasons for success and for a failure. */
#define SYS_EXIT  0x18u
#define EXIT_WELL 0x20026u
#define EXIT_ILL  0x20023u

static volatile uint32_t own_calls;

void flash_read(void);
void system_reset(void);
uint32_t tick_ms(void);
int main(void);
void SysTick_Handler(void);
void HSEM_Handler(void);

void flash_read(void)
{
    own_calls++;
}

void system_reset(void)
{
    own_calls++;
}

uint32_t tick_ms(void)
{
    own_calls++;
    return ticks;
}

DUO_IN_RAM void SysTick_Handler(void)
{
    my_tick_handler();
}

DUO_IN_RAM void HSEM_Handler(void)
{
    (void)duo_mailbox_isr();
}

static void finish(bool well)
{
    __asm volatile("mov r0, %0\n mov r1, %1\n bkpt 0xAB\n" ::"r"(SYS_EXIT),
                   "r"(well ? EXIT_WELL : EXIT_ILL)
                   : "r0", "r1", "memory");
}

static bool session_works(void)
{
    struct duo_update_progress progress;
    uint32_t next = 0;

    show_progress();
    if (open_update() != DUO_OK || duo_update_begin() != DUO_E_OPEN) {
        return false;
    }
    duo_update_look(&progress);
    const bool empty = update_piece(&next) == DUO_OK && next == 0 && update_work(true) == DUO_OK;
    duo_update_abort();
    return empty && progress.phase == DUO_UPDATE_DATA && progress.received == 0;
}

static bool server_works(void)
{
    const bool on = start_to_serve() == DUO_OK;

    serve_clients(ticks);
    tell_what_has_happened();
    return lines == 0 && on && !duo_server_active(ticks) && !duo_server_wants_reset();
}

int main(void)
{
    interrupts_to_ram();
    SYST_RVR = 64000u - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7;
    duo_mailbox_start();
    while (ticks < 50u) {
        in_the_main_loop(true);
    }
    finish(duo_kept() && session_works() && server_works() && own_calls == 0);
    flash_read();
    system_reset();
    (void)tick_ms();
    back_to_the_set_before();
    return 0;
}

#ifdef __cplusplus
}
#endif
