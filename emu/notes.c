/* SPDX-License-Identifier: MIT */
#include "emu/notes.h"

static const struct note_info infos[NOTES] = {
#define NOTE(id, kind, name, section, meaning) [N_##id] = {NOTE_##kind, name, section, meaning},
#include "emu/notes.def"
#undef NOTE
};

const struct note_info *note_info(enum note_id id)
{
    return &infos[id];
}
