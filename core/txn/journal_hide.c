/* SPDX-License-Identifier: MIT */
#include "core/txn/journal_hide.h"

#include "core/txn/journal_scan.h"

/* Words in a row that cannot be read are none of ours: a record is followed by two pads, of which
 * the first is complete when the second is begun, and the last word may be torn. */
#define NOISE 4u

enum duo_status duo_journal_zero(const struct duo_journal *j, unsigned half, uint32_t index)
{
    static const uint8_t zeros[DUO_WORD_SIZE];
    const uint32_t addr = duo_journal_addr(j, half, index);

    enum duo_status status = j->flash->begin_program(j->flash->ctx, addr, zeros);
    if (status == DUO_OK) {
        status = duo_flash_wait(j->flash, addr);
    }
    if (status == DUO_OK && duo_flash_reads_blank(j->flash, addr)) {
        status = DUO_E_PROGRAM;
    }
    return duo_flash_refusal(status);
}

/*
 * From the end of a half downwards to the last record that was read when it was opened: between
 * them there may be states that were given up, with zeros between them. (Not below that record,
 * because it was begun by hiding them.) How such a word reads now is no matter: it may read well
 * this time, and has not been counted with. And none lie in a row: that is noise, or what a cut
 * erase has left.
 */
static enum duo_status hide(const struct duo_journal *j, unsigned half, uint32_t from, uint32_t end)
{
    enum duo_status status = DUO_OK;
    unsigned row = 0;

    for (uint32_t i = end; i > from && row < NOISE && status == DUO_OK; i--) {
        if (duo_journal_is_zeros(j, half, i - 1u)) {
            row = 0;
        } else {
            row++;
            status = duo_journal_zero(j, half, i - 1u);
        }
    }
    return status;
}

/* In the half not in use a switch may have been cut in its last record, which may read blank now:
 * so the word after the end, too. (An EMPTY journal has never switched.) */
static enum duo_status hide_other_half(const struct duo_journal *j)
{
    const unsigned half = 1u - j->half;
    const bool room = j->other_end < duo_journal_words(j);
    const bool used = j->other_end > 0 || j->content != DUO_JOURNAL_EMPTY;
    const enum duo_status status = hide(j, half, j->other_read_end, j->other_end);

    return status == DUO_OK && room && used ? duo_journal_zero(j, half, j->other_end) : status;
}

/* The last word may be torn, though it reads as zeros: later it would read blank, and so would the
 * word after it. */
static enum duo_status hide_this_half(const struct duo_journal *j)
{
    const enum duo_status status =
        j->next > j->read_end ? duo_journal_zero(j, j->half, j->next - 1u) : DUO_OK;

    return status == DUO_OK ? hide(j, j->half, j->read_end, j->next) : status;
}

enum duo_status duo_journal_hide_torn(const struct duo_journal *j)
{
    const enum duo_status other = hide_other_half(j);
    const enum duo_status here = hide_this_half(j);

    return other == DUO_OK ? here : other;
}

/* From the beginning on: should the power go meanwhile, what is left is what was newest. (After the
 * end a word may be torn and read blank.) */
static void bury_half(const struct duo_journal *j, unsigned half, uint32_t end)
{
    const uint32_t words = duo_journal_words(j);
    enum duo_status status = DUO_OK;

    for (uint32_t i = 0; i <= end && i < words && status != DUO_E_STUCK; i++) {
        if (!duo_journal_is_zeros(j, half, i)) {
            status = duo_journal_zero(j, half, i);
        }
    }
}

void duo_journal_bury(const struct duo_journal *j)
{
    bury_half(j, 1u - j->half, j->other_end);
    bury_half(j, j->half, j->next);
}
