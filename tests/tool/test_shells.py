# SPDX-License-Identifier: MIT
"""Manual pages and completion: made by both programs from their tables, complete, and what the shells that read them say."""
import os
import re
import subprocess
import tempfile
import unittest

from duotest.board import BIN, ROOT
from duotest.toolcase import DUOBOOT

PROGRAMS = {"duoboot": DUOBOOT, "duoemu": os.path.join(BIN, "duoemu")}
SHARE = os.path.join(ROOT, "build", "share")
FILES = {"man": "man/man1/{}.1", "bash": "bash-completion/completions/{}", "zsh": "zsh/site-functions/_{}",
         "fish": "fish/vendor_completions.d/{}.fish"}


def output(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, **options).stdout


def commands(program):
    return re.findall(r"^  (\w+) ", output(PROGRAMS[program], "--help").split("before the command")[0], re.M)


def options(program, command):
    """{option: its letter or None}, as the help of the command shows them."""
    rows = re.findall(r"^  (?:-(\w),|   ) --([\w-]+)", output(PROGRAMS[program], command, "--help"), re.M)
    return {name: letter or None for letter, name in rows}


def built(program, kind):
    with open(os.path.join(SHARE, FILES[kind].format(program)), encoding="utf-8") as f:
        return f.read()


def bash_offers(program, *words):
    """What bash would offer for the last of these words."""
    script = ('source "$1"; name=$2; shift 2; COMP_WORDS=("$name" "$@"); COMP_CWORD=$#; compopt() { :; }; '
              '"$(complete -p "$name" | sed "s/.*-F \\([^ ]*\\) .*/\\1/")"; printf "%s\\n" "${COMPREPLY[@]}"')
    path = os.path.join(SHARE, FILES["bash"].format(program))
    return set(output("bash", "-euc", script, "bash", path, program, *words).split())


def fish_offers(program, line):
    path = os.path.join(SHARE, FILES["fish"].format(program))
    said = output("fish", "--no-config", "-c", f"source {path}; complete -C '{program} {line}'", env=os.environ | {"HOME": "/nonexistent"})
    return {row.split("\t")[0] for row in said.splitlines()}


class Shells(unittest.TestCase):
    def each_command(self):
        for program in PROGRAMS:
            names = commands(program)
            self.assertGreater(len(names), 3)
            for command in names:
                rows = options(program, command)
                self.assertGreater(len(rows), 0, (program, command))
                yield program, command, rows

    def test_the_build_has_made_what_the_programs_say_now(self):
        for program, path in PROGRAMS.items():
            for kind in FILES:
                self.assertEqual(built(program, kind), output(path, "--generate", kind), "build it again: scripts/build host")
            wrong = subprocess.run([path, "--generate", "tcsh"], capture_output=True, text=True, timeout=60)
            self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))

    def test_each_command_and_option_is_in_the_manual_page(self):
        for program, command, rows in self.each_command():
            sections = dict(re.findall(r"^\.SS (\S+)\n(.*?)(?=^\.S[SH])", built(program, "man"), re.M | re.S))
            for name, letter in rows.items():
                dashed = name.replace("-", r"\-")
                first = rf"\fB\-{letter}\fR, " if letter else ""
                self.assertIn(rf"{first}\fB\-\-{dashed}\fR", sections[command], (program, command))

    def test_the_manual_pages_are_good_roff(self):
        for program in PROGRAMS:
            path = os.path.join(SHARE, FILES["man"].format(program))
            done = subprocess.run(["groff", "-man", "-Tascii", "-ww", path], capture_output=True, text=True, check=True, timeout=60)
            self.assertEqual(done.stderr, "")
            for command in commands(program):
                self.assertIn(f"{program} {command} ", done.stdout)

    def test_bash_offers_each_command_and_option(self):
        for program in PROGRAMS:
            self.assertEqual(bash_offers(program, ""),
                             {*commands(program), "help", "--help", "-h", "--version", "--layout"})
        for program, command, rows in self.each_command():
            expected = {f"--{name}" for name in rows} | {f"-{letter}" for letter in rows.values() if letter} | {"--help"}
            self.assertEqual(bash_offers(program, command, "-"), expected, (program, command))

    def test_bash_offers_the_words_of_a_choice_and_leaves_files_to_itself(self):
        self.assertEqual(bash_offers("duoboot", "st"), {"status"})
        self.assertEqual(bash_offers("duoboot", "sign", "--core", ""), {"m7", "m4"})
        self.assertEqual(bash_offers("duoboot", "sign", "-q", "--core", "=", "m7"), {"m7"})
        self.assertEqual(bash_offers("duoboot", "keygen", "--format", "p"), {"pem"})
        for words in (("sign", "--key", ""), ("sign", "--version", ""), ("sign", ""), ("--layout", "")):
            self.assertEqual(bash_offers("duoboot", *words), set(), words)

    def test_fish_offers_each_command_and_option(self):
        for program in PROGRAMS:
            self.assertLessEqual(set(commands(program)), fish_offers(program, ""))
        for program, command, rows in self.each_command():
            self.assertEqual(fish_offers(program, f"{command} --") - {"--help"}, {f"--{name}" for name in rows}, (program, command))
        self.assertEqual(fish_offers("duoboot", "sign --core "), {"m7", "m4"})

    def test_zsh_reads_each_command_and_option(self):
        for program in PROGRAMS:
            output("zsh", "-n", os.path.join(SHARE, FILES["zsh"].format(program)))
        for program, command, rows in self.each_command():
            branch = re.search(rf"^    {command}\)\n(.*?)^        ;;", built(program, "zsh"), re.M | re.S).group(1)
            found = set(re.findall(r"^ +'\*'(?:\{-\w\+?,)?--([\w-]+)=?\}?'\[", branch, re.M))
            self.assertEqual(found, set(rows), (program, command))

    def test_make_install_brings_them(self):
        with tempfile.TemporaryDirectory() as root:
            output(os.path.join(ROOT, "scripts", "install"), env=os.environ | {"DESTDIR": root, "PREFIX": "/usr"})
            for program in PROGRAMS:
                for kind, name in FILES.items():
                    with open(f"{root}/usr/share/{name.format(program)}", encoding="utf-8") as f:
                        self.assertEqual(f.read(), built(program, kind))
