/* SPDX-License-Identifier: MIT */
/*
 * FreeRTOS on both cores, and an update while it runs. Two tasks on each core:
 *
 *     beat   1000 times a second, from RAM, so an erase does not hold it up
 *     duo    all calls of libduo, with the stack that its headers ask for; lower priority
 *
 * The M7's also takes updates from its line (updates.c). Nothing is allocated.
 */
#include "FreeRTOS.h"
#include "duo/duo.h"
#include "task.h"
#include "updates.h"

#define SIGN       1u /* kind of a message: the other core beats */
#define SIGN_EVERY 100u
#define LOOK_EVERY 1000u

/* What a task needs for itself: its locals, and what a switch and an interrupt's entry save on its
 * stack with the FPU in use (204 and 108 bytes). */
#define OWN_STACK     512u
#define WORDS(bytes)  ((bytes) / sizeof(StackType_t))
#define BEAT_PRIORITY 2u
#define DUO_PRIORITY  1u

/* The stack of what this core calls: the most that one of the functions needs, not the sum. */
#ifdef CORE_CM7
#define DUO_TASK_STACK (DUO_STACK_VERIFY + OWN_STACK)
#else
#define DUO_TASK_STACK (DUO_STACK + OWN_STACK)
#endif

static StackType_t beat_stack[WORDS(OWN_STACK)], duo_stack[WORDS(DUO_TASK_STACK)];
static StackType_t idle_stack[configMINIMAL_STACK_SIZE];
static StaticTask_t beat_task_memory, duo_task_memory, idle_task_memory;
static TaskHandle_t beat_handle, duo_handle;
static struct duo_vectors vectors;

/* For a debugger: beats of this core, signs of the other one, bytes of each stack never used. */
struct vitals {
    volatile uint32_t beats, signs, beat_stack_left, duo_stack_left;
};
struct vitals vitals;

/* Without an interrupt handler that calls the kernel there is nothing to notify: the task looks. */
void HSEM_IRQHandler(void);
DUO_IN_RAM void HSEM_IRQHandler(void)
{
    struct duo_message message;

    if (!duo_mailbox_isr()) {
        return; /* a semaphore of yours: HAL_HSEM_IRQHandler() */
    }
    while (duo_mailbox_receive(&message)) {
        vitals.signs += message.kind == SIGN ? 1u : 0;
    }
}

static DUO_IN_RAM void beat_task(void *unused)
{
    TickType_t last = xTaskGetTickCount();

    (void)unused;
    for (;;) {
        vTaskDelayUntil(&last, 1);
        vitals.beats++; /* your control loop */
    }
}

/* The set is good when both cores beat. */
static void judge(void)
{
    const struct duo_message sign = {SIGN, {0, 0, 0}};

    (void)duo_mailbox_send(
        &sign); /* a sign that the other core does not take is not worth a wait */
    if (vitals.signs > 0 && vitals.beats > 0) {
        (void)duo_confirm();
    }
}

static void look_at_stacks(void)
{
    vitals.beat_stack_left = uxTaskGetStackHighWaterMark(beat_handle) * sizeof(StackType_t);
    vitals.duo_stack_left = uxTaskGetStackHighWaterMark(duo_handle) * sizeof(StackType_t);
}

#ifdef CORE_CM7

static DUO_IN_RAM uint32_t now_ms(void)
{
    return xTaskGetTickCount(); /* at 1 kHz */
}

static void start(void)
{
    (void)duo_clock(now_ms);
    updates_start();
}

static void run(void)
{
    static bool said;

    updates_run(now_ms());
    if (!said && duo_kept() && vitals.signs > 0) {
        said = updates_say("freertos " VERSION_TEXT ": both cores beat, the set is kept\r\n",
                           now_ms());
    }
}

#else

static void start(void)
{
}

static void run(void)
{
}

#endif

static void duo_task(void *unused)
{
    TickType_t signed_at = 0, looked_at = 0;

    (void)unused;
    for (;;) {
        if (xTaskGetTickCount() - signed_at >= SIGN_EVERY) {
            signed_at = xTaskGetTickCount();
            judge();
        }
        if (xTaskGetTickCount() - looked_at >= LOOK_EVERY) {
            looked_at = xTaskGetTickCount();
            look_at_stacks();
        }
        (void)duo_service(); /* what could not be recorded now is tried again at the next call */
        run();
        vTaskDelay(1);
    }
}

/* The kernel asks for it, because nothing is allocated. */
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *words);
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *words)
{
    *task = &idle_task_memory;
    *stack = idle_stack;
    *words = configMINIMAL_STACK_SIZE;
}

int main(void)
{
    duo_vectors_to_ram(&vectors);
    duo_mailbox_start(); /* the M7: SRAM4 uncached, MPU region 7 */
    start();
    beat_handle = xTaskCreateStatic(beat_task, "beat", WORDS(OWN_STACK), NULL, BEAT_PRIORITY,
                                    beat_stack, &beat_task_memory);
    duo_handle = xTaskCreateStatic(duo_task, "duo", WORDS(DUO_TASK_STACK), NULL, DUO_PRIORITY,
                                   duo_stack, &duo_task_memory);
    vTaskStartScheduler();
    return 0;
}
