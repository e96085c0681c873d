// What is on the page is fetched again every two seconds (htmx), except where somebody is at work.
const content = () => document.getElementById("content");

const RESTING_MS = 5000;
let touched = 0;
for (const name of ["focusin", "keydown", "pointerdown"]) document.addEventListener(name, () => { touched = Date.now(); }, true);

function atWork() {
  const here = content(), selection = document.getSelection();
  const selecting = selection && !selection.isCollapsed && here.contains(selection.anchorNode);
  const focused = document.activeElement;
  const writing = here.contains(focused) && focused.matches("input, select, textarea, summary");
  const about = here.contains(focused) && focused !== here && Date.now() - touched < RESTING_MS; // to press what has the focus
  return document.hidden || selecting || writing || about || here.querySelector("details[open], input:checked") || document.querySelector("dialog[open]");
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "content" && atWork()) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.elt.id === "content" && atWork()) event.detail.shouldSwap = false;
  if (event.detail.target.id === "dialog") event.detail.shouldSwap = true; // also what was refused is read there
});
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = document.getElementById("dialog");
  if (event.detail.target === dialog && !dialog.open) dialog.showModal();
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"])
  document.addEventListener(name, (event) => { if (event.detail.elt.id === "content") document.getElementById("unheard").hidden = false; });
document.addEventListener("htmx:afterOnLoad", () => { document.getElementById("unheard").hidden = true; });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) { event.preventDefault(); document.getElementById("dialog").close(); }
  const copied = event.target.closest("[data-copy]");
  if (copied && navigator.clipboard) navigator.clipboard.writeText(document.getElementById(copied.dataset.copy).textContent);
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

// Live tail: one line a record, the newest on top; what comes while it is paused is left out.
const MOST_LINES = 200;
function listen(list) {
  const source = new EventSource(list.dataset.tail);
  const pause = document.getElementById("pause");
  source.onmessage = (event) => {
    if (pause && pause.getAttribute("aria-pressed") === "true") return;
    const line = document.createElement("li");
    line.textContent = event.data;
    list.prepend(line);
    while (list.children.length > MOST_LINES) list.lastChild.remove();
  };
  if (pause) pause.addEventListener("click", () => pause.setAttribute("aria-pressed", String(pause.getAttribute("aria-pressed") !== "true")));
}
document.querySelectorAll("[data-tail]").forEach(listen);
