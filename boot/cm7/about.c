/* SPDX-License-Identifier: MIT */
/* For `duoboot info`; the program itself does not read it. The linker script keeps it, and puts the
 * keys after it. */
#include "core/image/about.h"

#include DUO_LAYOUT_HEADER
#include "duo_build_version.h"

extern const struct duo_about duo_about_this;

const struct duo_about duo_about_this = {
    .magic = DUO_ABOUT_MAGIC,
    .version = DUO_BUILD_VERSION,
    .layout = LAYOUT_NAME,
    .hardware_id = DUO_HARDWARE_ID,
    .baud = DUO_UART_BAUD,
    .start_window_ms = DUO_START_WINDOW_MS,
    .trial_time_s = DUO_TRIAL_TIME_S,
    .trial_boots = DUO_TRIAL_BOOTS,
    .hardware_needed = DUO_NEED_HARDWARE_ID,
    .rom_loader = DUO_ROM_LOADER,
    .repair_options = DUO_REPAIR_OPTIONS,
    .upload = DUO_UPLOAD,
    .usb = DUO_USB,
    .dfuse = DUO_USB && DUO_DFUSE,
    .production = DUO_PRODUCTION,
    .second = DUO_LMS,
    .self_update = LAYOUT_TWIN,
};
