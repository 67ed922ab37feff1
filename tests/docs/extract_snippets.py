#!/usr/bin/env python3
"""Writes each block of C++ in a page that is a whole source file, i.e. begins with an #include, into a file of its own.

    extract_snippets.py <output directory> <page>...

Prints the files' names, with a line directive inside so that the compiler names the page. Fails for a page without any.
"""
import pathlib
import sys


def snippets(page):
    """(line number, text) of each block."""
    begin, lines = None, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line == "```cpp":
            begin, lines = number + 1, []
        elif line == "```" and begin:
            if lines and lines[0].startswith("#include"):
                yield begin, "\n".join(lines) + "\n"
            begin = None
        else:
            lines.append(line)


def main(output, *pages):
    for page in map(pathlib.Path, pages):
        found = list(snippets(page))
        if not found:
            sys.exit(f"{page} has no example that is a whole source file")
        for number, (line, text) in enumerate(found, 1):
            file = pathlib.Path(output) / f"{page.stem}_{number}.cpp"
            text = f'#line {line} "{page}"\n{text}'
            if not file.exists() or file.read_text() != text:
                file.write_text(text)
            print(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
