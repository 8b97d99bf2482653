/* SPDX-License-Identifier: MIT */
/*
 * Inside of the FLASH model; nobody but flash*.c includes this.
 *
 * Three layers. The store is the memory itself (a file or private pages). The cells are the words
 * of 256 data and 10 ECC bits with what a cut left undecided in them. The controller is registers,
 * locks, write buffers and the queue of operations.
 *
 * "Mapped" bank 0 is the one at 0x08000000; SWAP_BANK decides which physical bank that is.
 * Registers and queues are kept by mapped bank (RM0399, bank and register swapping), cells by
 * physical word.
 */
#ifndef EMU_CHIP_FLASH_MODEL_H
#define EMU_CHIP_FLASH_MODEL_H

#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"

#define FLASH_ARRAY  MEM_FLASH_BASE
#define BANK_BYTES   MEM_BANK_SIZE
#define SECTOR_BYTES MEM_SECTOR_SIZE
#define WORD_BYTES   MEM_FLASH_WORD
#define FLASH_BYTES  (FLASH_BANKS * BANK_BYTES)
#define BANK_WORDS   (BANK_BYTES / WORD_BYTES)
#define SECTOR_WORDS (SECTOR_BYTES / WORD_BYTES)
#define FLASH_WORDS  (FLASH_BYTES / WORD_BYTES)
#define SECTORS      MEM_SECTORS_PER_BANK
#define PAGE_WORDS   128u /* 4 KiB, the grain of the host's page mapping */

/* ---- flash_ecc.c: the code over one word ---- */

#define ECC_MASK 0x3FFu
/* One word's 266 cells; 1 = erased. */
struct cells {
    uint64_t d[4];
    uint16_t e;
};
enum ecc_result { ECC_BLANK, ECC_GOOD, ECC_CORRECTED, ECC_UNCORRECTABLE };
uint16_t ecc_encode(const uint64_t d[4]);
/* Corrects *c in place when it can. */
enum ecc_result ecc_decode(struct cells *c);
static inline bool cells_all_ones(const struct cells *c)
{
    return (c->d[0] & c->d[1] & c->d[2] & c->d[3]) == UINT64_MAX && c->e == ECC_MASK;
}

/* ---- flash_store.c: where it all lies ---- */

#define META_FROZEN 0x8000u /* weak cells read 1 at every power cycle: looks blank, is not */

struct store {
    uint8_t *view;        /* data as the cores see it: mapped bank 0, then mapped bank 1 */
    uint8_t *weak;        /* per cell: 1 = undecided (physical order) */
    uint16_t *ecc, *meta; /* ECC cells; undecided ECC cells and META_ flags */
    uint8_t *backup;
    struct store_header *header;
    uint8_t *rest; /* the mapping of everything but the data */
    int fd;        /* -1: private memory */
    bool detached; /* the file is only the start: changes stay in memory */
    bool swapped;  /* physical bank 1 lies first in the view */
};

bool store_open(struct store *s, const char *file, bool detached, char *err, size_t errlen);
void store_close(struct store *s);
/* Makes the view follow SWAP_BANK by moving pages; host pointers keep their addresses. */
void store_swap(struct store *s, bool swapped);
const struct options *store_options(const struct store *s);
/* As a new part has them. */
const struct options *store_factory_options(void);
/* All or nothing, even when the emulator is killed inside. */
void store_set_options(struct store *s, const struct options *o);
/* Waits until the file has it. */
void store_sync(struct store *s);

/* ---- the controller ---- */

enum lock_state { LOCKED, HALF_OPEN, OPEN, DEAD /* until the next system reset */ };

enum op_kind { OP_NONE, OP_PROGRAM, OP_ERASE_SECTOR, OP_ERASE_BANK, OP_OPTIONS };

struct op {
    enum op_kind kind;
    uint32_t addr; /* mapped */
    uint8_t data[WORD_BYTES];
    int core;
    uint64_t number;
    vtime_t end;
    bool spoiled; /* PSIZE or WRHIGHFREQ changed under it: the content is not what was asked for */
};

struct write_buffer {
    uint32_t addr, mask; /* bit i: byte i is filled */
    uint8_t data[WORD_BYTES];
    int master;
};

struct crc_unit {
    uint32_t cr, start, end, sectors;
    bool busy;
    struct sched_event done;
};

struct fbank {
    struct flash *f;
    unsigned index; /* mapped */
    enum lock_state lock;
    uint32_t cr; /* without LOCK, START, FW */
    uint32_t sr; /* flags only; BSY, WBNE, QW, CRC_BUSY are computed */
    uint32_t ecc_fa;
    struct write_buffer buf;
    struct op running, queued; /* queued: a program */
    struct op erases[2];
    unsigned nerases;
    bool operr_next; /* a system reset cut the last operation */
    struct sched_event done;
    struct crc_unit crc;
};

/* flash_fault.c: operations of this kind on this sector do not end, so many more times. */
struct flash_fault {
    enum op_kind kind; /* OP_NONE: the flash is in order */
    uint32_t sector;
    uint64_t times;
};

enum opt_state { OPT_IDLE, OPT_QUEUED, OPT_RUNNING };

struct flash {
    struct machine *m;
    struct store store;
    struct fbank bank[FLASH_BANKS];

    /* cells */
    uint8_t *state;     /* enum flash_word_state of each physical word */
    uint16_t *page_bad; /* words of each 4 KiB page a core cannot simply read */
    uint32_t weak_words;
    uint64_t hash;

    /* shared registers */
    uint32_t acr, optcr;
    enum lock_state opt_lock;
    bool opt_error;
    uint32_t crc_data;
    struct options cur, prg;
    enum opt_state opt;
    struct op opt_op; /* the change, as an operation that is counted and can be cut */
    bool opt_regress; /* the change takes RDP from level 1 to 0: mass erase */
    struct sched_event opt_done;

    bool swapped;   /* in force */
    bool intrusion; /* RDP level 1: debugger, or boot from RAM or system memory */
    bool debugger;
    bool too_fast; /* LATENCY too low for the clock */
    bool overclocked_noted, crc_noted;
    bool max_times;
    int irq_level;

    uint64_t ops;
    struct flash_counts counts;
    uint64_t cut_op;
    enum cut_outcome cut_outcome;
    unsigned cut_permille;
    struct sched_event cut;
    struct flash_fault fault;

    struct {
        uint32_t addr[FLASH_AWAIT_MAX];
        unsigned count;
        void (*fn)(void *arg);
        void *arg;
    } await;
};

/* Register bits (RM0399, FLASH registers). */
#define CR_LOCK   (1u << 0)
#define CR_PG     (1u << 1)
#define CR_SER    (1u << 2)
#define CR_BER    (1u << 3)
#define CR_PSIZE  (3u << 4)
#define CR_FW     (1u << 6)
#define CR_START  (1u << 7)
#define CR_SNB    (7u << 8)
#define CR_SPSS2  (1u << 14)
#define CR_CRC_EN (1u << 15)

#define SR_BSY      (1u << 0)
#define SR_WBNE     (1u << 1)
#define SR_QW       (1u << 2)
#define SR_CRC_BUSY (1u << 3)
#define SR_EOP      (1u << 16)
#define SR_WRPERR   (1u << 17)
#define SR_PGSERR   (1u << 18)
#define SR_STRBERR  (1u << 19)
#define SR_INCERR   (1u << 21)
#define SR_OPERR    (1u << 22)
#define SR_RDPERR   (1u << 23)
#define SR_RDSERR   (1u << 24)
#define SR_SNECCERR (1u << 25)
#define SR_DBECCERR (1u << 26)
#define SR_CRCEND   (1u << 27)
#define SR_CRCRDERR (1u << 28)
#define SR_FLAGS    0x1FEF0000u /* what CCR clears; the enables of CR have the same positions */

#define OPTCR_LOCK     (1u << 0)
#define OPTCR_START    (1u << 1)
#define OPTCR_MER      (1u << 4)
#define OPTCR_ERRIE    (1u << 30)
#define OPTCR_SWAP     (1u << 31)
#define OPTSR_BUSY     (1u << 0)
#define OPTSR_RDP      (0xFFu << 8)
#define OPTSR_SECURITY (1u << 21)
#define OPTSR_BCM4     (1u << 22)
#define OPTSR_BCM7     (1u << 23)
#define OPTSR_ERROR    (1u << 30)
#define OPTSR_SWAP     (1u << 31)
#define OPTSR_MEANING  0xA3FEFFFCu /* bits that are fields; the others are kept as they are */

static inline unsigned bank_of(uint32_t addr)
{
    return (addr - FLASH_ARRAY) / BANK_BYTES;
}
static inline uint32_t bank_base(unsigned bank)
{
    return FLASH_ARRAY + bank * BANK_BYTES;
}
static inline unsigned physical(const struct flash *f, unsigned bank)
{
    return bank ^ (unsigned)f->swapped;
}
/* Physical word number of a mapped address. */
static inline uint32_t word_of(const struct flash *f, uint32_t addr)
{
    return physical(f, bank_of(addr)) * BANK_WORDS + (addr & (BANK_BYTES - 1)) / WORD_BYTES;
}

/* flash_cells.c */
bool cells_init(struct flash *f);
void cells_free(struct flash *f);
struct cells cells_get(const struct flash *f, uint32_t w);
/* Reads the word as ECC would: corrected data; its state. */
enum flash_word_state cells_read(const struct flash *f, uint32_t w, uint8_t data[WORD_BYTES]);
void cells_program(struct flash *f, uint32_t w, const uint8_t data[WORD_BYTES]);
void cells_write_clean(struct flash *f, uint32_t w, const uint8_t data[WORD_BYTES]);
void cells_erase(struct flash *f, uint32_t first, uint32_t count);
/* Every word with undecided cells settles for this power cycle. */
void cells_power_up(struct flash *f);
bool cells_direct(const struct flash *f, uint32_t first, uint32_t last);
bool cells_weak(const struct flash *f, uint32_t w);
/* Raw change, for cuts: value, undecided cells, flags. */
void cells_set(struct flash *f, uint32_t w, const struct cells *value, const struct cells *weak,
               uint16_t flags);

/* flash_cut.c */
void cut_program(struct flash *f, uint32_t w, const uint8_t data[WORD_BYTES],
                 enum cut_outcome outcome);
void cut_erase(struct flash *f, uint32_t first, uint32_t count, enum cut_outcome outcome);
void cut_operations(struct flash *f, enum cut_outcome outcome);
void cut_arm(struct flash *f, const struct op *op, vtime_t duration);
void cut_init(struct flash *f);

/* flash_queue.c */
void queue_init(struct fbank *b);
enum bus_status queue_store(struct fbank *b, const struct bus_access *a, uint32_t addr,
                            unsigned size, uint32_t value);
void queue_force_write(struct fbank *b, int core);
void queue_drop_buffer(struct fbank *b);
/* The same, and says what is lost; why: a short phrase. */
void queue_lose_buffer(struct fbank *b, const char *why);
bool queue_erase_fits(const struct fbank *b);
void queue_erase(struct fbank *b, bool whole_bank, unsigned sector, int core);
void queue_start(struct fbank *b);
void queue_forget(struct fbank *b);
bool queue_pending(const struct fbank *b); /* QW */
/* PSIZE or WRHIGHFREQ changed while something runs. */
void queue_spoil(struct fbank *b, const char *what);
vtime_t flash_erase_bank_time(const struct flash *f, unsigned psize);
uint32_t op_bytes(const struct op *op);

/* flash_fault.c: is this one of the operations that never end? Counts it. */
bool fault_never_ends(struct flash *f, const struct op *op);

/* flash_protect.c */
struct area {
    uint32_t lo, hi; /* byte offsets in the bank, hi exclusive; lo == hi: none */
};
struct area area_of(uint32_t reg);
static inline bool area_hits(struct area a, uint32_t lo, uint32_t hi)
{
    return lo < a.hi && a.lo < hi;
}
unsigned rdp_level(uint32_t optsr);
bool protect_refuses(const struct flash *f, const struct op *op);
bool protect_may_read(const struct flash *f, unsigned bank, uint32_t lo, uint32_t hi);
/* Applies the read rules: true when *status and *value are the whole answer. */
bool protect_read(struct flash *f, const struct bus_access *a, uint32_t addr,
                  enum bus_status *status);
bool protect_preserved(const struct flash *f, unsigned phys, unsigned sector);

/* flash_option.c */
void option_init(struct flash *f);
void option_start(struct flash *f, int core);
void option_poll(struct flash *f); /* a bank went idle: a queued change may start */
void option_forget(struct flash *f);
/* The power goes during a change. */
void option_cut(struct flash *f, enum cut_outcome outcome);
/* Does the option change keep this mapped bank busy? */
bool option_busy(const struct flash *f, unsigned bank);
void option_load(struct flash *f);

/* flash_speed.c: wait states against the clock */
void speed_check(struct flash *f);
bool speed_program_ok(struct flash *f);
/* Too few wait states make reads fail now. */
static inline bool speed_reads_fail(const struct flash *f)
{
    return f->too_fast && !f->m->speed_warns_only;
}

/* flash_await.c: does nobody await any of [addr, addr + len)? One of them is needed now. */
bool await_none(const struct flash *f, uint32_t addr, uint32_t len);
void await_needed(struct flash *f, uint32_t addr, uint32_t len);

/* flash_crc.c */
void crc_init(struct fbank *b);
void crc_reset(struct fbank *b);
uint32_t crc_read(const struct fbank *b, uint32_t reg);
void crc_write(struct fbank *b, uint32_t reg, uint32_t value);

/* flash_reset.c */
void flash_reset(void *self, bool power_on);

/* flash_regs.c */
extern const struct dev_ops flash_dev_ops;

/* flash.c */
void flash_flag(struct fbank *b, uint32_t flags); /* sets SR flags, updates the interrupt */
void flash_update_irq(struct flash *f);
void flash_tell(struct flash *f, unsigned bank, bool content); /* bank's readability changed */
void flash_watch(struct flash *f, const struct op *op, unsigned bank, bool done);

#endif
