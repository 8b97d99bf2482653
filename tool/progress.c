/* SPDX-License-Identifier: MIT */
#include "tool/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 30, REDRAW_MS = 100 };

void progress_start(struct progress *p, const struct cli *cli, uint32_t total, uint32_t now_ms)
{
    p->shown = !cli->json && cli->verbosity >= 0 && isatty(STDERR_FILENO) != 0;
    p->total = total;
    p->started = now_ms;
    p->drawn = now_ms - REDRAW_MS;
}

void progress_show(struct progress *p, uint32_t done, uint32_t now_ms)
{
    char bar[WIDTH + 1];
    uint32_t filled = p->total > 0 ? (uint32_t)((uint64_t)done * WIDTH / p->total) : WIDTH;
    double seconds = (now_ms - p->started) / 1000.0;

    if (!p->shown || (now_ms - p->drawn < REDRAW_MS && done < p->total)) {
        return;
    }
    p->drawn = now_ms;
    for (uint32_t i = 0; i < WIDTH; i++) {
        bar[i] = i < filled ? '#' : '.';
    }
    bar[WIDTH] = '\0';
    double rate = seconds > 0 ? done / seconds : 0; /* bytes a second */
    fprintf(stderr, "\r[%s] %3u %%  %u of %u KiB  %.1f KiB/s  %.0f s left ", bar,
            p->total > 0 ? (unsigned)((uint64_t)done * 100 / p->total) : 100, done / 1024,
            p->total / 1024, rate / 1024, rate > 0 ? (p->total - done) / rate : 0);
}

void progress_end(struct progress *p)
{
    if (p->shown) {
        fputc('\n', stderr);
    }
    p->shown = false;
}
