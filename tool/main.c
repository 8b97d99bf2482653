/* SPDX-License-Identifier: MIT */
/* duoboot: signs, packs, shows, checks and transfers updates. */
#include "duo_build_commit.h"
#include "duo_build_version.h"
#include "layouts/choose.h"
#include "tool/commands.h"

#define ENTRY(name) &cmd_##name,
static const struct command *const commands[] = {DUOBOOT_COMMANDS(ENTRY) NULL};

static const struct cli_program program = {
    .name = "duoboot",
    .version = DUO_BUILD_VERSION,
    .commit = DUO_BUILD_COMMIT,
    .about = "Updates of dual-core STM32H7 devices: keys, images, bundles, transfer.",
    .commands = commands,
    .codes = duoboot_exit_codes,
    .file_error = EXIT_IO,
};

int main(int argc, char **argv)
{
    if (!duo_layout_option(&argc, argv)) {
        return EXIT_USAGE;
    }
    return cli_main(&program, argc, argv);
}
