
"use strict";
const table = document.getElementById("services");
const body = table.tBodies[0];
const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const heads = [...table.tHead.rows[0].cells];
const names = new Intl.Collator("en", { numeric: true });

/* What a cell is sorted by: its number, or its first line. */
function value(row, column) {
  const cell = row.cells[column];
  if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
  return cell.firstChild ? cell.firstChild.textContent : "";
}

function sort(column) {
  const head = heads[column];
  const first = head.classList.contains("number") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const direction = head.getAttribute("aria-sort") === first ? other : first;
  heads.forEach((each) => each.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", direction);
  const sign = direction === "ascending" ? 1 : -1;
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : names.compare(a, b));
  [...body.rows]
    .map((row) => [value(row, column), row])
    .sort((a, b) => sign * compare(a[0], b[0]))
    .forEach((pair) => body.append(pair[1]));
}

function search() {
  const words = filter.value.toLowerCase().split(" ").filter(Boolean);
  let count = 0;
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    count += row.hidden ? 0 : 1;
  }
  shown.textContent = words.length ? count + " of " + body.rows.length : "";
}

heads.forEach((head, column) => head.firstChild.addEventListener("click", () => sort(column)));
filter.addEventListener("input", search);
