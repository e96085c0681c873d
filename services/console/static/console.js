// What is on the page is fetched again every two seconds (htmx), except where somebody is at work.
const content = () => document.getElementById("content"), dialog = document.getElementById("dialog");

const RESTING_MS = 5000;
let touched = 0;
for (const name of ["focusin", "keydown", "pointerdown"]) document.addEventListener(name, () => { touched = Date.now(); }, true);

const left = () => content().querySelectorAll("details[open], input:checked"); // what stays until somebody takes it back
function writing() {
  const selection = document.getSelection(), focused = document.activeElement;
  const selecting = selection && !selection.isCollapsed && content().contains(selection.anchorNode);
  return selecting || (content().contains(focused) && focused.matches("input, select, textarea"));
}
function atWork() {
  const focused = document.activeElement;
  const near = focused?.closest("#content, #strip, #menu"); // all of it is drawn again
  const about = near && focused !== content() && Date.now() - touched < RESTING_MS; // to press what has the focus
  const held = left().length > 0 || writing();
  document.getElementById("held").hidden = !held;
  return document.hidden || held || about || dialog.open;
}
function goOn() {
  for (const each of left()) each.open = each.checked = false;
  document.getSelection().removeAllRanges();
  document.activeElement.blur();
  document.getElementById("held").hidden = true;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "content" && atWork()) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.elt.id === "content" && atWork()) event.detail.shouldSwap = false;
  if (event.detail.target.id !== "dialog") return;
  event.detail.shouldSwap = !(event.detail.xhr.status >= 400 && dialog.querySelector("form")); // what was written stays
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog) return;
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("textarea, select, input:not([type=hidden])") ?? document.getElementById("dialog-title")).focus();
});
function unheard(event) { // where somebody waits for the answer: a refusal in its own words, a silence in ours
  const { elt, xhr } = event.detail;
  if (!dialog.contains(elt)) {
    if (elt.id === "content" || !xhr.status) document.getElementById("unheard").hidden = false;
    return;
  }
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const said = document.createElement("p");
  Object.assign(said, { className: "verdict bad", role: "alert", textContent: answer.querySelector(".says")?.textContent ?? dialog.dataset.unheard });
  dialog.querySelector("p[role=alert]")?.remove();
  document.getElementById("dialog-title").after(said);
}
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, unheard);
dialog.addEventListener("close", () => { // what came of an order shows at once
  if (!dialog.querySelector("[data-ordered]")) return;
  goOn();
  content().focus();
  htmx.trigger(content(), "again");
});
document.addEventListener("htmx:afterOnLoad", (event) => { // of a refusal as well
  if (event.detail.xhr.status < 400) document.getElementById("unheard").hidden = true;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-go-on]")) goOn();
  if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
  const copied = event.target.closest("[data-copy]");
  if (copied && navigator.clipboard) navigator.clipboard.writeText(document.getElementById(copied.dataset.copy).textContent);
});
// What is filled in stands in the command too, quoted as a shell wants it: copied, it runs.
const quoted = (text) => (/^[\w.:@\/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
document.addEventListener("input", (event) => {
  const { name, value, form, dataset, options } = event.target;
  const filled = event.target.defaultValue ?? [...(options ?? [])].find((each) => each.defaultSelected)?.value ?? "";
  if (!dataset.stands || !form?.closest("#dialog")) return;
  const before = [dataset.stands, quoted(filled.trim())]; // a dialog that came back has it filled in
  for (const word of form.querySelectorAll(".command .word")) {
    if (before.includes(word.textContent)) word.dataset.of = name;
    if (word.dataset.of === name) word.textContent = value.trim() ? quoted(value.trim()) : dataset.stands;
  }
});
// The menu behind the name closes like every other menu.
const menu = () => document.querySelector("details.me[open]");
document.addEventListener("click", (event) => { if (menu() && !menu().contains(event.target)) menu().open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu()) return;
  menu().querySelector("summary").focus();
  menu().open = false;
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of event.target.closest("table").querySelectorAll("input[name=place]")) box.checked = event.target.checked;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  document.getElementById("search").focus();
});

// A click on the head of a column sorts what is on the page; the choice outlives a refresh.
const chosen = new Map();
const LARGE = "requests"; // is sorted where all of it is: by the address
const worth = (cell) => cell.querySelector("time")?.dateTime ?? cell.textContent.trim();
const compare = (one, other) => one.localeCompare(other, document.documentElement.lang, { numeric: true });
function arrange() {
  document.querySelectorAll("#content table.cards").forEach((table, number) => {
    const rows = [...table.tBodies[0].rows];
    if (table.id === LARGE || rows.length < 2 || table.querySelector("[rowspan], [colspan]")) return;
    const [column, down] = chosen.get(number) ?? [];
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      if (at === column) head.setAttribute("aria-sort", down ? "descending" : "ascending"); else head.removeAttribute("aria-sort");
      if (!head.textContent.trim() || head.querySelector("button, input, a")) return;
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "sorter" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => { chosen.set(number, [at, chosen.get(number)?.[0] === at && !chosen.get(number)[1]]); arrange(); });
    });
    if (column === undefined) return;
    rows.sort((one, other) => (down ? -1 : 1) * compare(worth(one.cells[column]), worth(other.cells[column])));
    table.tBodies[0].append(...rows);
  });
}
document.addEventListener("htmx:afterSettle", arrange);
arrange();

// The hour in and out, with the minute under the pointer; without JavaScript the drawing of the page stays.
let hour;
const HOUR_HEIGHT = 190;
function plotHour() {
  const said = document.getElementById("hour-data"), place = document.getElementById("hour-plot");
  if (!said || !place || !window.uPlot) return;
  const [until, ...series] = said.value.split(";");
  const numbers = series.map((each) => each.split(",").map(Number));
  const data = [numbers[0].map((_, at) => Number(until) - 60 * (numbers[0].length - 1 - at)), ...numbers];
  if (hour && place.contains(hour.root)) return hour.setData(data);
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const names = [...document.querySelectorAll("#hour-data ~ .key")].map((key) => key.textContent.trim().split(" ")[0]);
  const line = (number, name) => ({ label: names[number], stroke: colour(name), width: 2, points: { show: false } });
  hour = new uPlot({
    width: place.clientWidth || place.parentElement.clientWidth, height: HOUR_HEIGHT, legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), said.dataset.zone),
    series: [{}, line(0, "--accent"), line(1, "--ok")],
    axes: [{ ...axis, values: [[3600, "{HH}:{mm}"], [60, "{HH}:{mm}"]] }, { ...axis, size: 40 }],
    scales: { y: { range: (_, low, high) => [0, Math.max(5, high)] } },
    cursor: { drag: { x: false } },
    hooks: { setCursor: [(plot) => { const at = plot.cursor.idx; place.title = at == null ? "" : names.map((name, number) => `${name} ${plot.data[number + 1][at]}`).join(" · "); }] },
  }, data, place);
  place.parentElement.classList.add("plotted");
}
addEventListener("resize", () => { const place = document.getElementById("hour-plot"); if (hour && place) hour.setSize({ width: place.clientWidth, height: HOUR_HEIGHT }); });
document.addEventListener("htmx:afterSettle", () => {
  const place = document.getElementById("hour-plot");
  if (place && place.querySelector(".uplot")) place.parentElement.classList.add("plotted");
  plotHour();
});
plotHour();

// Live tail: one line a record, the newest on top; what comes while it is paused is counted and left out.
const MOST_LINES = 200, TYPING_MS = 400;
function listen(list) {
  const pause = document.getElementById("pause"), filter = document.getElementById("tail-filter"), missed = document.getElementById("missed");
  const words = pause.textContent;
  let source, typing, left = 0;
  const paused = () => pause.getAttribute("aria-pressed") === "true";
  function open() {
    if (source) source.close();
    source = new EventSource(`${list.dataset.tail}&contains=${encodeURIComponent(filter.value)}`);
    source.onmessage = (event) => {
      if (paused()) { left += 1; missed.textContent = `${left} ${missed.dataset.words}`; return; }
      const line = document.createElement("li");
      line.textContent = event.data;
      list.prepend(line);
      while (list.children.length > MOST_LINES) list.lastChild.remove();
    };
  }
  filter.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => { list.replaceChildren(); open(); }, TYPING_MS); });
  pause.addEventListener("click", () => {
    pause.setAttribute("aria-pressed", String(!paused()));
    pause.textContent = paused() ? pause.dataset.paused : words;
    left = 0; missed.textContent = "";
  });
  open();
}
document.querySelectorAll("[data-tail]").forEach(listen);
