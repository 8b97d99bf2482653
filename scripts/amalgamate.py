# SPDX-License-Identifier: MIT
"""Many C sources as one file: headers of the tree where they are first needed, then source after source.

What belongs to one source alone stays so: its macros end with it, and a name of its own that another file has, too, gets the
name of its source before it.
"""
import os
import re

# A comment, a text, or a name with what makes it a member of something.
TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(?:(?:\.|->)\s*)?\b[A-Za-z_]\w*", re.S)
STATIC = re.compile(r"\(\s*\*\s*(\w+)|([A-Za-z_]\w*)\s*(?:\(\s*[^\s*]|\[|=|$)")
STRUCTURE = re.compile(r"\b(?:struct|union)\b\s*\w*\s*\{([^{}]*)\}")
MEMBER = re.compile(r"\b\w+(?=\s*(?:;|,|\[|:|\)\s*\())")
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]+[\"<]([^\">]+)[\">][^\n]*\n", re.M)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", re.M)
LICENCE = re.compile(r"\A\s*/\* SPDX-License-Identifier: MIT \*/\n")


def bare(text):
    """Without comments, texts and directives: only what declares."""
    text = TOKEN.sub(lambda found: " " if found[0][0] in "/\"'" else found[0], text)
    return DIRECTIVE.sub("", text)


def declarations(text):
    """What stands outside of all braces, a piece for each declaration, and the bodies of enumerations."""
    depth, piece, body, enumerating = 0, "", "", False
    for sign in bare(text):
        if sign == "{":
            enumerating = depth == 0 and re.search(r"\benum\b[^()=]*$", piece) is not None
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0 and enumerating:
                yield "enum " + body
            if depth == 0 and re.search(r"\)\s*$", piece):  # the end of a function
                yield piece
                piece = ""
            body = ""
        elif depth > 0:
            body += sign
        elif sign == ";":
            yield piece
            piece = ""
        else:
            piece += sign


def own_names(text):
    """The names that a source keeps to itself: static ones, tags, types and enumerators; and its macros."""
    names = set()
    for piece in declarations(text):
        piece = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", piece, flags=re.S)
        if piece.startswith("enum "):
            names.update(re.findall(r"(?:^enum|,)\s*([A-Za-z_]\w*)", piece))
        names.update(re.findall(r"\b(?:struct|union|enum)\s+(\w+)\s*$", piece))
        if re.search(r"\bstatic\b", piece):
            parts = [piece] if "(" in piece else piece.split(",")
            names.update(found[1] or found[2] for found in map(STATIC.search, map(str.strip, parts)))
        if re.search(r"\btypedef\b", piece):
            names.update(re.findall(r"(\w+)\s*$", piece.strip()))
    return names, set(DEFINE.findall(text))


def words(text):
    return {found.lstrip(".->\n ") for found in TOKEN.findall(text) if found[0] not in "/\"'"}


def members(text):
    """Where a structure names its members."""
    blank = TOKEN.sub(lambda found: " " * len(found[0]) if found[0][0] in "/\"'" else found[0], text)
    return {body.start(1) + name.start() for body in STRUCTURE.finditer(blank) for name in MEMBER.finditer(body[1])}


def renamed(text, names, prefix):
    """`text` with `names` behind a prefix, but where they are a member's."""
    kept = members(text)

    def one(found):
        return prefix + found[0] if found[0] in names and found.start() not in kept else found[0]
    return TOKEN.sub(one, text)


def prefix_of(source):
    """core/base/status.c: base_status_c_; a file's name alone is not always its own."""
    folder, name = os.path.split(source)
    return f"{os.path.basename(folder)}_{os.path.splitext(name)[0]}_c_"


class Amalgam:
    """`find(path, name)` is the file that an #include in a file means, or None; `text(path)` what is in it."""

    def __init__(self, find, text):
        self.find, self.text = find, text
        self.headers, self.out = [], []
        self.shared = set()  # every word of the headers so far

    def add_headers_of(self, path):
        """The headers that a file includes, each once and after those that it includes itself."""
        for name in INCLUDE.findall(self.text(path)):
            header = self.find(path, name)
            if header and header not in self.headers:
                self.headers.append(header)
                self.add_headers_of(header)
                self.shared |= words(self.text(header))
                self.put(header, self.body(header))

    def body(self, path):
        kept = INCLUDE.sub(lambda found: "" if self.find(path, found[1]) else found[0], self.text(path))
        return LICENCE.sub("", kept)

    def put(self, path, text):
        self.out.append(f"\n/* ---- {path.removeprefix('build/deps/')} ---- */\n{text.strip()}\n")

    def of(self, sources):
        own = {source: own_names(self.text(source)) for source in sources}
        for source in sources:
            self.add_headers_of(source)
            names, macros = own[source]
            taken = self.shared.union(*(own[other][0] for other in sources if other != source))
            text = renamed(self.body(source), names & taken, prefix_of(source))
            ends = "".join(f"#undef {name}\n" for name in sorted(macros))
            self.put(source, text + ends)
        return "".join(self.out)
