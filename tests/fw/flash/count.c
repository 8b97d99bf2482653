/* The M4 counts in SRAM4 as fast as it can, fetching every instruction from bank 2: whoever looks
 * at the counter sees when bank 2 makes it wait. */
#include "sequence.h"
#include "test.h"

void board_init(void)
{
}

void board_putc(char c)
{
    (void)c;
}

void board_end(void)
{
}

int main(void)
{
    M4_COUNT = 0;
    M4_ALIVE = M4_MAGIC;
    for (;;)
        M4_COUNT = M4_COUNT + 1;
}
