"""Fills fuzz/corpus with the snippets in fuzz/seeds and the files in examples/, each where its
format's target looks for it; packs the KML and CSV ones for the targets that read archives."""

import io
import random
import shutil
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
# Which target reads an example, by the end of its name; the first that fits.
TARGETS = [
    (".ed318.json", "ed318"),
    (".ed269.json", "ed269"),
    (".f3548.json", "f3548"),
    (".openair.txt", "openair"),
    (".geojson", "geojson"),
    (".json", "ed318"),
    (".txt", "openair"),
    (".kml", "kml"),
    (".kmz", "kmz"),
    (".csv", "csv"),
    (".xlsx", "xlsx"),
]
LARGEST = 60_000


def packed(name, data):
    """A zip archive with one stored member, so that mutations reach what is inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def workbook(rows):
    """A minimal workbook with one sheet of inline strings."""
    def cell(value):
        text = value.replace("&", "&amp;").replace("<", "&lt;")
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet_type}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sites" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def add(target, name, data):
    """One file of a target's corpus."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main():
    for path in sorted((ROOT / "fuzz" / "seeds").glob("*/*")):
        add(path.parent.name, path.name, path.read_bytes())
        if path.parent.name == "kml":
            add("kmz", path.stem + ".kmz", packed("doc.kml", path.read_bytes()))
        if path.suffix == ".csv":
            separator = ";" if "semicolons" in path.name else ","
            rows = [line.split(separator) for line in path.read_text(encoding="utf-8").splitlines()]
            add("xlsx", path.stem + ".xlsx", workbook(rows))
    for path in sorted((ROOT / "examples").rglob("*")):
        target = next((t for end, t in TARGETS if path.name.endswith(end)), None)
        if target and path.is_file() and path.stat().st_size <= LARGEST:
            (CORPUS / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, CORPUS / target / path.name)
    # Two volumes take some hundred bytes, and libFuzzer by itself begins with a few.
    for seed in range(64):
        add("relation", f"noise-{seed}", random.Random(seed).randbytes(400))


if __name__ == "__main__":
    main()
