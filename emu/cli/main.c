/* SPDX-License-Identifier: MIT */
/* duoemu: an STM32H745 that runs ARM binaries. */
#include "emu/cli/cli.h"

#include "duo_build_commit.h"
#include "duo_build_version.h"
#include "layouts/choose.h"

#define ENTRY(name) &cmd_##name,
static const struct command *const commands[] = {DUOEMU_COMMANDS(ENTRY) NULL};

static const struct cli_program program = {
    .name = "duoemu",
    .version = DUO_BUILD_VERSION,
    .commit = DUO_BUILD_COMMIT,
    .about = "An STM32H745 (Cortex-M7 + Cortex-M4) that runs your ARM binaries.",
    .commands = commands,
    .codes = duoemu_exit_codes,
    .file_error = EXIT_FILE,
};

int main(int argc, char **argv)
{
    if (!duo_layout_option(&argc, argv)) {
        return EXIT_USAGE;
    }
    return cli_main(&program, argc, argv);
}
