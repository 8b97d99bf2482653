/* SPDX-License-Identifier: MIT */
/* duoboot info: what a file is, in words or JSON. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "tool/about.h"
#include "tool/commands.h"
#include "tool/info.h"
#include "tool/inputs.h"
#include "tool/refuse.h"

static const struct option_group options[] = {{cli_rows, OPTIONS_OF_CLI}, {0}};

static void print_value(const char *name, json_t *value, int indent)
{
    const char *key;
    json_t *member;
    char title[64];

    if (json_is_array(value)) {
        size_t i;

        json_array_foreach(value, i, member)
        {
            snprintf(title, sizeof(title), "%s[%zu]", name, i);
            print_value(title, member, indent);
        }
    } else if (json_is_object(value)) {
        printf("%*s%s:\n", indent, "", name);
        json_object_foreach(value, key, member)
        {
            print_value(key, member, indent + 2);
        }
    } else if (json_is_string(value)) {
        printf("%*s%-18s %s\n", indent, "", name, json_string_value(value));
    } else if (json_is_integer(value)) {
        printf("%*s%-18s %lld\n", indent, "", name, (long long)json_integer_value(value));
    } else {
        printf("%*s%-18s %s\n", indent, "", name, json_is_true(value) ? "yes" : "no");
    }
}

static int print_info(const struct cli *cli, const char *path, const char *kind, json_t *info)
{
    const char *key;
    json_t *member;

    if (cli->json) {
        json_t *o = json_pack("{s:o, s:s}", "file", cli_json_text(path), "kind", kind);
        json_object_update(o, info);
        return cli_print_json(cli, o);
    }
    printf("%s: %s\n", path, kind);
    json_object_foreach(info, key, member)
    {
        print_value(key, member, 2);
    }
    return EXIT_DONE;
}

static int info(const struct cli *cli, const char *path, const struct buffer *file)
{
    enum file_kind kind = file_kind_of(file->data, file->size);
    enum duo_status status = DUO_OK;
    const char *name = "key";
    struct duo_about_record about;
    struct duo_lms_key lms;
    char err[512];
    json_t *o;

    switch (kind) {
    case KIND_IMAGE:
        name = "image";
        o = image_json(file->data, file->size, &status);
        break;
    case KIND_BUNDLE:
        name = "bundle";
        o = bundle_json(file->data, file->size, &status);
        break;
    case KIND_KEY:
        o = key_json(path, file, err, sizeof(err));
        if (!o) {
            return cli_fail(cli, EXIT_REJECTED, NULL, "%s", err);
        }
        break;
    default:
        if (duo_lms_key_load(&lms, file->data, file->size) == DUO_OK) {
            o = lms_key_json(&lms, "public LMS key");
            break;
        }
        if (about_find(path, &about)) {
            name = "M7 bootloader";
            o = about_json(&about);
            break;
        }
        return cli_fail(cli, EXIT_REJECTED,
                        "info shows core images, bundles, keys and M7 bootloaders", "%s is %s",
                        path, file_kind_text(kind));
    }
    if (!o) {
        return input_refuse(cli, EXIT_REJECTED, path, status);
    }
    int code = print_info(cli, path, name, o);
    json_decref(o);
    return code;
}

static int run(struct cli *cli)
{
    struct buffer file = {0};
    const char *mistake = cli_parse(cli, NULL);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    if (cli->operand_count != 1) {
        return cli_usage(cli, "give exactly one file");
    }
    int code = input_read(cli, cli->operands[0], &file);
    if (code == EXIT_DONE) {
        code = info(cli, cli->operands[0], &file);
    }
    free(file.data);
    return code;
}

const struct command cmd_info = {
    .name = "info",
    .summary = "show what an image, a bundle or a key contains",
    .usage = "[--json] FILE",
    .about =
        "Shows a core image, a bundle, a key, or an M7 bootloader (which keys it trusts and for "
        "what, for which hardware, "
        "how it was built). Nothing is trusted here: `duoboot verify` "
        "checks signatures.",
    .options = options,
    .example = "duoboot info set.duo",
    .run = run,
};
