/* SPDX-License-Identifier: MIT */
#include "emu/report/page.h"

/* Classes c-* are colours of areas, in SVG and in legends alike. */
static const char style[] =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#1c2430;--soft:#5d6878;--line:#d8dde5;"
    "--area:#f3f5f8;--bad:#c4122f;--warn:#a86400;--note:#0b62c4;--stage:#7a4fb5}"
    "@media(prefers-color-scheme:dark){:root{--ground:#14181e;--ink:#e4e9f0;--soft:#98a4b5;"
    "--line:#343d4a;--area:#20262f;--bad:#ff6b7f;--warn:#f0b429;--note:#6db1ff;--stage:#c3a6f0}}"
    "*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:1.5em auto;padding:0 "
    "1em;max-width:1240px;background:var(--ground);color:var(--ink)}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin-top:1.6em}a{color:var(--note)}"
    ".wide{overflow-x:auto}table{border-collapse:collapse}td,th{padding:.2em "
    ".8em;border-bottom:1px solid var(--line);text-align:right}"
    "td:first-child,th:first-child{text-align:left}code{font:.87em "
    "ui-monospace,monospace;overflow-wrap:anywhere}"
    ".bad,.error{color:var(--bad);font-weight:bold}.warning{color:var(--warn);font-weight:bold}"
    ".note{color:var(--note);font-weight:bold}.soft{color:var(--soft)}"
    "svg{background:var(--area);min-width:640px;width:100%;height:auto}"
    "svg text{fill:var(--ink);font-size:12px}svg .in{font-size:10px;fill:#222}"
    "svg .stage{font-size:11px;fill:var(--stage)}svg .entered{stroke:var(--stage)}svg "
    ".axis{stroke:var(--line)}svg "
    ".mark{stroke:var(--bad);stroke-width:2}svg .entry{stroke:var(--note);stroke-width:2}"
    ".key{display:flex;flex-wrap:wrap;gap:.4em}.key span{padding:0 "
    ".6em;border-radius:.3em;border:1px solid var(--line);color:#222}"
    ".c-boot{fill:#b9a7e6;background:#b9a7e6}.c-app{fill:#8fc7a0;background:#8fc7a0}"
    ".c-sleep{fill:#cfe6d6;background:#cfe6d6}.c-held{fill:#c9ced6;background:#c9ced6}"
    ".c-stalled{fill:#ecc979;background:#ecc979}.c-locked{fill:#e0566b;background:#e0566b}"
    ".c-busy{fill:#8db9e8;background:#8db9e8}.c-before{fill:#6f9ed6;background:#6f9ed6}"
    ".c-after{fill:#6dbb7d;background:#6dbb7d}.c-partial{fill:#b8b8b8;background:#b8b8b8}"
    ".c-blank{fill:#fff;background:#fff}.c-bootloader{background:#e9e6cf}"
    ".c-journal{background:#dccff0}.c-cut-after{background:#2a9d4a}"
    ".c-cut-before{background:#2a6fdb}.c-cut-bad{background:#d00020}"
    ".key .c-cut-after,.key .c-cut-before,.key .c-cut-bad{color:#fff}"
    "article{border:1px solid var(--line);border-radius:.5em;padding:.6em 1em;margin:.8em 0}"
    "article h3{margin:0;font-size:1em}dl{display:grid;grid-template-columns:5em 1fr;gap:.2em "
    "1em;margin:.5em 0 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}"
    "@media(max-width:600px){body{margin:.5em auto;padding:0 .6em}dl{grid-template-columns:1fr}}";

void page_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", f);
            break;
        case '&':
            fputs("&amp;", f);
            break;
        case '"':
            fputs("&quot;", f);
            break;
        default:
            fputc(*text, f);
        }
    }
}

void page_begin(FILE *f, const char *title)
{
    fputs("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width, initial-scale=1\"><title>",
          f);
    page_text(f, title);
    fprintf(f, "</title>\n<style>%s</style>\n<h1>", style);
    page_text(f, title);
    fputs("</h1>\n", f);
}

void page_end(FILE *f)
{
    fputs("</html>\n", f);
}

void page_key(FILE *f, const char *name, const char *text)
{
    fprintf(f, "<span class=\"%s\">", name);
    page_text(f, text);
    fputs("</span>", f);
}
