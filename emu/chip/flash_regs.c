/* SPDX-License-Identifier: MIT */
/*
 * Registers of the FLASH controller (RM0399, FLASH registers): two windows of 0x100 bytes; shared
 * registers appear in both.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/flash_model.h"
#include "emu/chip/flash_offsets.h"
#include "emu/chip/reg.h"

static uint32_t status(const struct fbank *b)
{
    bool option = option_busy(b->f, b->index);
    uint32_t sr = b->sr;

    if (b->running.kind || option) {
        sr |= SR_BSY;
    }
    if (queue_pending(b) || option) {
        sr |= SR_QW;
    }
    if (b->buf.mask) {
        sr |= SR_WBNE;
    }
    if (b->crc.busy) {
        sr |= SR_CRC_BUSY;
    }
    return sr;
}

static uint32_t read_reg(const struct flash *f, uint32_t off)
{
    const struct fbank *b = &f->bank[off >> 8 & 1];
    unsigned p = physical(f, b->index);

    switch (off & 0xFC) {
    case ACR:
        return f->acr;
    case CR:
        return b->cr | (b->lock == OPEN ? 0 : CR_LOCK);
    case SR:
        return status(b);
    case OPTCR:
        return f->optcr | (f->opt_lock == OPEN ? 0 : OPTCR_LOCK) | (f->swapped ? OPTCR_SWAP : 0);
    case OPTSR_CUR:
        return f->cur.optsr | (f->opt != OPT_IDLE ? OPTSR_BUSY : 0) |
               (f->opt_error ? OPTSR_ERROR : 0);
    case OPTSR_PRG:
        return f->prg.optsr;
    case PRAR_CUR:
        return f->cur.prar[p];
    case PRAR_PRG:
        return f->prg.prar[p];
    case SCAR_CUR:
        return f->cur.scar[p];
    case SCAR_PRG:
        return f->prg.scar[p];
    case WPSN_CUR:
        return f->cur.wpsn[p];
    case WPSN_PRG:
        return f->prg.wpsn[p];
    case BOOT7_CUR:
        return f->cur.boot7;
    case BOOT7_PRG:
        return f->prg.boot7;
    case BOOT4_CUR:
        return f->cur.boot4;
    case BOOT4_PRG:
        return f->prg.boot4;
    case CRCCR:
    case CRCSADD:
    case CRCEADD:
        return crc_read(b, off & 0xFC);
    case CRCDATA:
        return f->crc_data;
    case ECC_FA:
        return b->ecc_fa;
    default:
        return 0;
    }
}

/* ---- locks ---- */

/* Anything but the right key at the right time closes the lock until the next system reset, with a
 * bus error: also an unlock of what is unlocked. */
static enum bus_status key_error(struct flash *f, enum lock_state *lock, uint32_t off,
                                 const char *why)
{
    *lock = DEAD;
    machine_note(f->m, N_FLASH_KEY, FLASH_BASE + off,
                 "bus error, and the register stays locked until the next system reset: %s", why);
    return BUS_ERROR;
}

static enum bus_status write_key(struct flash *f, enum lock_state *lock, const uint32_t keys[2],
                                 uint32_t off, unsigned size, uint32_t value)
{
    if (*lock == DEAD) {
        return key_error(f, lock, off, "it was locked by an earlier wrong sequence");
    }
    if (*lock == OPEN) {
        return key_error(f, lock, off, "key written although the register was already unlocked");
    }
    if (size != 4) {
        return key_error(f, lock, off, "key written with less than 32 bits");
    }
    if (value != keys[*lock == HALF_OPEN]) {
        return key_error(f, lock, off, "wrong key");
    }
    *lock = *lock == LOCKED ? HALF_OPEN : OPEN;

    return BUS_OK;
}

/* Registers that belong to one bank; the others are shared. */
static bool bank_register(uint32_t reg)
{
    return reg == KEYR || reg == CR || reg == SR || reg == CCR ||
           (reg >= PRAR_CUR && reg <= WPSN_PRG) || (reg >= CRCCR && reg <= CRCEADD) ||
           reg == ECC_FA;
}

/* Between the two keys no other register of the bank may be written; with OPTKEYR, none at all. */
static bool breaks_unlock(struct flash *f, uint32_t off)
{
    uint32_t reg = off & 0xFC;
    struct fbank *b = &f->bank[off >> 8 & 1];
    bool broken = false;

    if (b->lock == HALF_OPEN && reg != KEYR && bank_register(reg)) {
        key_error(f, &b->lock, off, "another register of the bank written between the two keys");
        broken = true;
    }
    if (f->opt_lock == HALF_OPEN && reg != OPTKEYR) {
        key_error(f, &f->opt_lock, off, "another register written between the two option keys");
        broken = true;
    }
    return broken;
}

static void note_locked(struct flash *f, uint32_t off, const char *what)
{
    machine_note(f->m, N_FLASH_LOCKED, FLASH_BASE + off, "write is ignored: %s is locked", what);
}

/* ---- CR ---- */

#define CR_PLAIN                                                                                   \
    (CR_PG | CR_SER | CR_BER | CR_PSIZE | CR_SNB | CR_CRC_EN | (SR_FLAGS & ~0xE0000000u))

static void start_erase(struct fbank *b, int core)
{
    if (b->cr & (CR_SER | CR_BER)) {
        queue_erase(b, (b->cr & CR_BER) != 0, (b->cr & CR_SNB) >> 8, core);
    } else {
        machine_note(b->f->m, N_FLASH_START, FLASH_BASE + CR,
                     "START without SER or BER does nothing");
    }
}

static void cr_changed(struct fbank *b, uint32_t old)
{
    uint32_t off = old & ~b->cr, changed = old ^ b->cr;

    if (off & CR_PG) {
        queue_lose_buffer(b, "PG cleared");
    }
    if (off & CR_CRC_EN) {
        crc_reset(b);
    }
    if (changed & CR_PSIZE) {
        queue_spoil(b, "PSIZE");
    }
    if (changed & b->cr & CR_SPSS2) {
        machine_note(b->f->m, N_FLASH_SPSS2, FLASH_BASE + CR,
                     "SPSS2 (special sector of bank 2) is not modelled");
    }
    flash_update_irq(b->f);
}

static enum bus_status write_cr(struct fbank *b, const struct bus_access *a, uint32_t off,
                                uint32_t value)
{
    uint32_t plain = CR_PLAIN | (b->index == 1 ? CR_SPSS2 : 0), old = b->cr;

    if (b->lock != OPEN) {
        bool locks = value & CR_LOCK; /* again: nothing is lost */
        if (!locks && (value ^ old) & (plain | CR_FW | CR_START)) {
            note_locked(b->f, off, b->index ? "FLASH_CR2" : "FLASH_CR1");
        }
        return BUS_OK;
    }
    if (value & CR_LOCK) { /* the other bits stay as they are */
        b->lock = LOCKED;
        return BUS_OK;
    }
    if ((value & CR_START && !queue_erase_fits(b)) ||
        (value & CR_FW && b->buf.mask && b->queued.kind)) {
        return BUS_STALL; /* until the command can be taken */
    }
    b->cr = value & plain;
    cr_changed(b, old);
    if (value & CR_FW) {
        queue_force_write(b, (int)a->master);
    }
    if (value & CR_START) {
        start_erase(b, (int)a->master);
    }
    return BUS_OK;
}

/* ECC_FA falls with the last of the two flags (RM0399, CCR). */
static void write_ccr(struct fbank *b, uint32_t value)
{
    b->sr &= ~(value & SR_FLAGS);
    if (!(b->sr & (SR_SNECCERR | SR_DBECCERR))) {
        b->ecc_fa = 0;
    }
    flash_update_irq(b->f);
}

/* ---- option registers ---- */

static enum bus_status mass_erase(struct flash *f, const struct bus_access *a, uint32_t off)
{
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        if (f->bank[i].lock != OPEN) {
            note_locked(f, off, i ? "FLASH_CR2 (needed for MER)" : "FLASH_CR1 (needed for MER)");
            return BUS_OK;
        }
        if (!queue_erase_fits(&f->bank[i])) {
            return BUS_STALL;
        }
    }
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        f->bank[i].cr |= CR_BER;
        queue_erase(&f->bank[i], true, 0, (int)a->master);
    }
    return BUS_OK;
}

static enum bus_status write_optcr(struct flash *f, const struct bus_access *a, uint32_t off,
                                   uint32_t value)
{
    if (f->opt_lock != OPEN) {
        if (!(value & OPTCR_LOCK) &&
            (value & (OPTCR_START | OPTCR_MER) || (value ^ f->optcr) & OPTCR_ERRIE)) {
            note_locked(f, off, "FLASH_OPTCR");
        }
        return BUS_OK;
    }
    if (value & OPTCR_LOCK) {
        f->opt_lock = LOCKED;
        return BUS_OK;
    }
    f->optcr = value & OPTCR_ERRIE;
    flash_update_irq(f);
    if (value & OPTCR_START) {
        option_start(f, (int)a->master);
    }
    return value & OPTCR_MER ? mass_erase(f, a, off) : BUS_OK;
}

static bool cm7_only(struct flash *f, const struct bus_access *a, uint32_t off)
{
    if (a->master == CM7) {
        return true;
    }
    machine_note(f->m, N_FLASH_CM7_ONLY, FLASH_BASE + off,
                 "write is ignored: only the CM7 may change PCROP and secure areas");
    return false;
}

static void write_prg(struct flash *f, const struct bus_access *a, uint32_t off, uint32_t value)
{
    unsigned p = physical(f, off >> 8 & 1);
    uint32_t reg = off & 0xFC, area = value & 0x8FFF0FFFu;

    if (f->opt_lock != OPEN) {
        if (value != read_reg(f, off)) {
            note_locked(f, off, "FLASH_OPTCR, and with it every option register,");
        }
        return;
    }
    if (reg == OPTSR_PRG) {
        f->prg.optsr = reg_merge(f->prg.optsr, value, OPTSR_MEANING);
    } else if (reg == WPSN_PRG) {
        f->prg.wpsn[p] = value & 0xFF;
    } else if (reg == BOOT7_PRG) {
        f->prg.boot7 = value;
    } else if (reg == BOOT4_PRG) {
        f->prg.boot4 = value;
    } else if (cm7_only(f, a, off)) {
        *(reg == PRAR_PRG ? &f->prg.prar[p] : &f->prg.scar[p]) = area;
    }
}

static void write_acr(struct flash *f, uint32_t value)
{
    uint32_t old = f->acr;

    f->acr = value & 0x3F;
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        if ((old ^ f->acr) & 0x30) {
            queue_spoil(&f->bank[i], "WRHIGHFREQ");
        }
    }
    speed_check(f);
}

/* ---- the device ---- */

static const uint32_t bank_keys[2] = {FLASH_KEY1, FLASH_KEY2};
static const uint32_t option_keys[2] = {FLASH_OPTKEY1, FLASH_OPTKEY2};

/* A write narrower than a word leaves the other bytes of the register as they are, except where a
 * 1 is a command. */
static uint32_t whole_word(const struct flash *f, uint32_t off, unsigned size, uint32_t value)
{
    uint32_t reg = off & 0xFC, old = reg == CCR || reg == OPTCCR ? 0 : read_reg(f, off);

    return reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size));
}

static enum bus_status write_plain(struct flash *f, const struct bus_access *a, uint32_t off,
                                   uint32_t value)
{
    struct fbank *b = &f->bank[off >> 8 & 1];

    switch (off & 0xFC) {
    case ACR:
        write_acr(f, value);
        break;
    case CR:
        return write_cr(b, a, off, value);
    case CCR:
        write_ccr(b, value);
        break;
    case OPTCR:
        return write_optcr(f, a, off, value);
    case OPTCCR:
        if (value & OPTSR_ERROR) {
            f->opt_error = false;
        }
        flash_update_irq(f);
        break;
    case OPTSR_PRG:
    case PRAR_PRG:
    case SCAR_PRG:
    case WPSN_PRG:
    case BOOT7_PRG:
    case BOOT4_PRG:
        write_prg(f, a, off, value);
        break;
    case CRCCR:
    case CRCSADD:
    case CRCEADD:
        crc_write(b, off & 0xFC, value);
        break;
    default:
        break; /* read-only or not there */
    }
    return BUS_OK;
}

static enum bus_status dev_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct flash *f = self;
    uint32_t reg = off & 0xFC;

    if (off >= 0x200) {
        return BUS_OK;
    }
    if (f->opt != OPT_IDLE) {
        return BUS_STALL; /* writes are held until the option change is over */
    }
    if (breaks_unlock(f, off)) {
        return BUS_ERROR;
    }
    if (reg == KEYR) {
        return write_key(f, &f->bank[off >> 8 & 1].lock, bank_keys, off, size, value);
    }
    if (reg == OPTKEYR) {
        return write_key(f, &f->opt_lock, option_keys, off, size, value);
    }
    return write_plain(f, a, off, whole_word(f, off, size, value));
}

static enum bus_status dev_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    (void)a;
    *value = off < 0x200 ? reg_part(read_reg(self, off), off, size) : 0;
    return BUS_OK;
}

static uint32_t dev_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return off < 0x200 ? read_reg(self, off) : 0;
}

const struct dev_ops flash_dev_ops = {dev_read, dev_write, dev_peek, flash_reset};
