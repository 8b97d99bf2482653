# SPDX-License-Identifier: MIT
"""mkdocs: the navigation, by the kind of page; and links to sources, which are not part of the site, become plain text."""
import glob
import os
import re

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
DO = ("iap", "layouts", "usb", "porting")
UNDERSTAND = ("design", "transaction", "jump", "security", "peers")
FIRST = ("index", "tutorial", "board")


def on_config(config):
    there = sorted(os.path.basename(p)[:-3] for p in glob.glob(os.path.join(config["docs_dir"], "*.md")))
    tasks = sorted(os.path.relpath(p, config["docs_dir"]) for p in glob.glob(os.path.join(config["docs_dir"], "howto", "*.md")))
    named = {*FIRST, *DO, *UNDERSTAND}

    def pages(names):
        return [f"{name}.md" for name in names if name in there]

    config["nav"] = [{"Begin": pages(FIRST)}, {"Do": tasks + pages(DO)},
                     {"Look up": pages([n for n in there if n not in named])}, {"Understand": pages(UNDERSTAND)}]
    return config


def on_page_markdown(markdown, page, config, **_):
    here = os.path.dirname(page.file.abs_src_path)

    def plain(m):
        path = m.group(2).partition("#")[0]
        inside = os.path.normpath(os.path.join(here, path)).startswith(config["docs_dir"])
        return m.group(0) if re.match(r"\w+:", path) or not path or inside else f"`{m.group(1).strip('`')}`"

    return LINK.sub(plain, markdown)
