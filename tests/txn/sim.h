/* SPDX-License-Identifier: MIT */
/*
 * A simulated dual-bank flash with everything that can go wrong when the power goes: words that
 * read right, wrong, blank or not at all, also differently at each power cycle, and sectors whose
 * erase was torn. It can also refuse: operations that are not begun, fail, end without effect, or
 * never end. Strict: programming a word that is not erased (except with zeros), reading a busy bank
 * or touching a sector outside the slots and the journal is an error of the software under test.
 */
#ifndef TESTS_TXN_SIM_H
#define TESTS_TXN_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/txn/flash.h"
#include "core/txn/map.h"

#define SIM_SECTORS 16u

/* What a word is, physically. */
enum sim_kind {
    SIM_ERASED,
    SIM_GOOD,
    SIM_CORRECTED,   /* reads right, with a corrected error */
    SIM_UNREADABLE,  /* double error */
    SIM_FALSE_BLANK, /* reads blank, is not */
    SIM_MARGINAL     /* reads as one of two kinds, in turn at each power cycle; or see `flicker` */
};

struct sim_word {
    uint8_t data[DUO_WORD_SIZE];
    uint8_t kind;
    uint8_t even, odd; /* of SIM_MARGINAL: how it reads in even and odd power cycles, or reads */
    uint8_t reads;     /* in this power cycle, up to REREADS; is not persistent */
};

/* Reads of a word in a power cycle that a pattern tells apart; all later ones are like the last. */
#define REREADS 3u

/* Operations that can run: one in each bank, or a change of option bytes. */
enum { SIM_OPTIONS = 2, SIM_AT_ONCE };

/* How an interrupted operation turns out. Programs: all of them. Erases: those marked E, the others
 * stand for more seeds of the mix. */
enum sim_outcome {
    SIM_UNTOUCHED,     /* E */
    SIM_COMPLETE,      /* E */
    SIM_TORN_DOUBLE,   /* E: all words */
    SIM_TORN_SINGLE,   /* programs; erases: old content with corrected errors */
    SIM_TORN_BLANK,    /* E: reads blank, is not */
    SIM_TORN_GARBAGE,  /* reads something else without an error; erases: mix */
    SIM_GOOD_THEN_BAD, /* marginal: right now, unreadable at the next power cycle, and so on */
    SIM_BAD_THEN_GOOD,
    SIM_BLANK_THEN_GOOD, /* erases: mix */
    SIM_GOOD_THEN_BLANK, /* erases: mix */
    SIM_OUTCOMES
};

/* A change of option bytes: SIM_UNTOUCHED and SIM_COMPLETE, and this: those of a new chip. */
#define SIM_FACTORY SIM_TORN_DOUBLE

/* ---- Refusing ---- */

/* How the flash refuses an operation. */
enum sim_refusal {
    SIM_NOT_BEGUN,       /* begin says ERASE or PROGRAM */
    SIM_BEGIN_PROTECTED, /* begin says PROTECTED */
    SIM_BEGIN_BUSY,      /* begin says BUSY although nothing is under way */
    SIM_ENDS_UNTOUCHED,  /* poll says ERASE or PROGRAM; nothing has changed */
    SIM_ENDS_TORN,       /* the same; what is there now is like after a cut */
    SIM_ENDS_PROTECTED,  /* poll says PROTECTED; nothing has changed */
    SIM_NO_EFFECT,       /* no error is reported, and nothing has changed */
    SIM_BAD_EFFECT,      /* no error is reported; words that cannot be read, or are not erased */
    SIM_WEAK_EFFECT,     /* no error is reported; reads right, with a corrected error */
    SIM_ENDLESS,         /* never ends: poll gives up after SIM_PATIENCE, the bank stays busy */
    SIM_REFUSALS
};

/* How long a fault stays. */
enum sim_span {
    SIM_ONCE,          /* one operation */
    SIM_THIS_POWER_UP, /* until the power goes */
    SIM_WORD_FOR_GOOD, /* programs: this word, every time; erases: the sector */
    SIM_FOR_GOOD,      /* the sector, every time: it is worn out */
    SIM_SPANS
};

/* A fault hits erases or programs of a sector (or of one word). */
struct sim_fault {
    uint8_t how, span; /* enum sim_refusal, enum sim_span */
    bool there, erase;
    uint32_t addr; /* of the word, or of the sector's first */
};
#define SIM_FAULTS_MAX 2u

/* Virtual time after which a port gives an operation up; erases take 20, words 1. */
#define SIM_PATIENCE 200u

struct sim_op {
    bool busy;
    bool erase;
    bool options; /* a change of option bytes: `addr` is the bank to come first */
    bool refused;
    uint8_t fresh; /* of a change of option bytes */
    uint8_t how;   /* enum sim_refusal, if it is refused */
    uint32_t addr;
    uint8_t data[DUO_WORD_SIZE];
    uint64_t begun, done_at;
};

struct sim_count {
    uint64_t erases, words;
};

struct sim_undo;

/* Everything that survives a power cut is in words, option_swap, power_ups and faults. */
struct sim {
    struct duo_flash flash;
    const struct duo_map *map;
    struct sim_word *words;
    struct sim_undo *undo;     /* what words were before they changed, while there are marks */
    uint32_t count;            /* of words, both banks */
    uint64_t hash;             /* over words, kept up to date */
    uint16_t odd[SIM_SECTORS]; /* words of each sector that are neither erased nor good */
    uint16_t marginal;         /* words that are */
    uint32_t power_ups;
    /* Whether marginal words read differently within a power cycle: at random, if `flicker` is not
     * 0 (the seed for that); the other way round at read n of a word, from 0, where bit n of
     * `pattern` is. */
    uint64_t flicker;
    uint8_t pattern;
    /* The faults there are, and one that begins with operation number fault_at (0: none does). */
    struct sim_fault faults[SIM_FAULTS_MAX];
    struct sim_fault next_fault;
    uint64_t fault_at;
    /* The banks: what the option bytes say, and what is in force since the last reset. */
    bool option_swap, swapped;
    uint8_t option_fresh; /* DUO_BOOT_*: the core that the option bytes hold; in force at once */
    bool options_fixed;   /* only the swap can still be changed: read protection level 2 */
    bool options_lost;    /* they are those of a new chip */
    uint16_t uncertain;   /* bit n: an erase of sector n had not the effect that was reported */
    uint64_t refused;     /* operations so far, until sim_mend() */
    /* RAM side */
    uint64_t reads;                /* of marginal words in this power cycle */
    struct sim_op op[SIM_AT_ONCE]; /* by bank, and a change of option bytes */
    bool hangs[2];                 /* the bank's operation never ends */
    uint64_t now, erase_time, program_time;
    struct sim_count used[2]; /* by bank */
    uint32_t allowed_sectors; /* bit n = sector n of the chip may be changed */
    const char *violation;    /* first misuse seen */
    uint32_t violation_addr;
    /* Called when an operation is about to begin, with the other bank's possibly under way. */
    void (*on_begin)(struct sim *sim, void *arg);
    void *on_begin_arg;
    uint64_t ops;       /* begun so far, or refused at once */
    unsigned last_bank; /* of the last one */
};

void sim_init(struct sim *sim, const struct duo_map *map);
void sim_free(struct sim *sim);

/* Whether marginal words read differently within a power cycle. */
bool sim_flickers(const struct sim *sim);

/* Power off and on again: operations under way turn out as given (by seed for mixes). */
void sim_power_cycle(struct sim *sim);
void sim_tear(struct sim *sim, const struct sim_op *op, enum sim_outcome outcome, uint64_t seed);

/* Lets time pass until an operation ends. Does nothing when both banks are idle. */
void sim_advance(struct sim *sim);

/* From the operation on that is begun as number `at` the flash refuses: that one, and what the span
 * says. */
void sim_break(struct sim *sim, uint64_t at, enum sim_refusal how, enum sim_span span);
/* Whether there is a fault now, which later operations may meet. */
bool sim_is_broken(const struct sim *sim);
/* No fault any more; `refused` is 0. An operation that hangs does so until the next power cycle. */
void sim_mend(struct sim *sim);

/* Direct access for tests: no time, no checks. */
void sim_put(struct sim *sim, uint32_t addr, const void *data, uint32_t len);
void sim_put_kind(struct sim *sim, uint32_t addr, enum sim_kind kind);
void sim_put_word(struct sim *sim, uint32_t addr, const struct sim_word *word);
const struct sim_word *sim_word_at(const struct sim *sim, uint32_t addr);
void sim_wipe_sector(struct sim *sim, uint32_t addr);
void sim_wipe_word(struct sim *sim, uint32_t addr);
void sim_flip(struct sim *sim, uint32_t addr, uint8_t bits); /* the word stays readable */

/*
 * Marks: what everything is now, to be gone back to any number of times. They nest; the last one
 * made is the first one dropped.
 */
struct sim_mark {
    struct sim sim;
    size_t depth;
};
void sim_mark(struct sim *sim, struct sim_mark *mark);
void sim_go_back(struct sim *sim, const struct sim_mark *mark);
void sim_drop(struct sim *sim, const struct sim_mark *mark);

/* Of all persistent state: content, the phase of marginal words, faults. */
uint64_t sim_state_hash(const struct sim *sim);

uint64_t sim_mix(uint64_t x); /* a good 64-bit hash of x */

#endif
