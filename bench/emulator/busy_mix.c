/* SPDX-License-Identifier: MIT */
/* A mix as applications have it: sorting, a linked list, text, a little floating point. */
#include "busy.h"

enum { ITEMS = 64, NODES = 48 };

static uint32_t items[ITEMS];
static struct node {
    struct node *next;
    uint32_t value;
} nodes[NODES], *head;
static char text[16];
static volatile float average;

static uint32_t next_random(uint32_t x)
{
    return x * 1664525u + 1013904223u;
}

static void sort(uint32_t seed)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = seed = next_random(seed);
    }
    for (unsigned i = 1; i < ITEMS; i++) {
        uint32_t v = items[i];
        unsigned j = i;
        for (; j > 0 && items[j - 1] > v; j--) {
            items[j] = items[j - 1];
        }
        items[j] = v;
    }
}

static uint32_t walk(uint32_t seed)
{
    uint32_t sum = 0;

    head = 0;
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i].value = items[(seed + i) % ITEMS];
        nodes[i].next = head;
        head = &nodes[i];
    }
    for (const struct node *n = head; n; n = n->next) {
        sum += n->value & 1 ? n->value : ~n->value;
    }
    return sum;
}

static uint32_t print(uint32_t v)
{
    unsigned n = 0;

    do {
        text[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    return n;
}

void busy_round(uint32_t round)
{
    sort(round);
    uint32_t sum = walk(round);
    average = average * 0.75f + (float)print(sum) * 0.25f;
}
