"""Put what has padding or a border into table cells: Outlook for Windows shows both on cells alone."""

from typing import Any

from digest.emails import tree

_QUOTED = "text quoted"
_LAYOUT = {
    "class": "box",
    "role": "presentation",
    "border": "0",
    "cellpadding": "0",
    "cellspacing": "0",
    "width": "100%",
}


def mark_rtl(root: Any) -> None:
    """Turn the lists, definitions and quotations of a language that is written from the right."""
    for element in root.iter("ul", "ol", "dd"):
        if not element.get("class"):
            element.set("class", "rtl")
    for cell in root.iter("td"):
        if cell.get("class") == _QUOTED:
            cell.set("class", f"{_QUOTED} quoted-rtl")


def put_into_cells(root: Any) -> None:
    """Put into table cells what has padding or a border, which Outlook shows on cells alone."""
    for element in list(root.iter("blockquote")):
        _fill_cell(element, _QUOTED)
    for element in list(root.iter("pre")):
        _wrap_in_cell(element, "code")
    for element in list(root.iter("div")):
        name = element.get("class", "")
        if name == "scroll":
            _wrap_in_cell(element, "text")
        elif name in ("picture", "media"):
            _replace_by_cell(element, f"text {name}")
        elif name == "caption":
            _replace_by_cell(element, "caption", space=False)
    for element in root.findall("div"):
        if _is_notes(element):
            _remove_rules_before(element)
            _replace_by_cell(element, "notes", space=False)


def _wrap_in_cell(element: Any, name: str) -> None:
    box, cell = _box(element, name)
    element.addprevious(box)
    box.tail, element.tail = element.tail, None
    cell.append(element)


def _fill_cell(element: Any, name: str) -> None:
    """Move what an element holds into a cell inside it."""
    box, cell = _box(element, name)
    _move(element, cell)
    element.append(box)


def _replace_by_cell(element: Any, name: str, *, space: bool = True) -> None:
    box, cell = _box(element, name, space=space)
    _move(element, cell)
    box.tail = element.tail
    element.getparent().replace(element, box)


def _move(element: Any, cell: Any) -> None:
    cell.text, element.text = element.text, None
    cell.extend(list(element))


def _box(near: Any, name: str, *, space: bool = True) -> tuple[Any, Any]:
    """Return a table of one cell with a space below, and the cell."""
    table = near.makeelement("table", _LAYOUT)
    cell = _add_cell(table, name)
    if space:
        _add_cell(table, "after").text = "\N{NO-BREAK SPACE}"
    return table, cell


def _add_cell(table: Any, name: str) -> Any:
    row = table.makeelement("tr")
    table.append(row)
    cell = row.makeelement("td", {"class": name})
    row.append(cell)
    return cell


def _is_notes(holder: Any) -> bool:
    """Return whether an element holds the footnotes at the end."""
    item = holder.find("ol/li")
    return item is not None and "-fn-" in (item.get("id") or "")


def _remove_rules_before(holder: Any) -> None:
    before = holder.getprevious()
    while before is not None and before.tag == "hr" and tree.is_blank(before.tail):
        before.getparent().remove(before)
        before = holder.getprevious()
