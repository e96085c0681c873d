// The page is fetched again every two seconds (htmx) and drawn again only if something on it is different.
const content = () => document.getElementById("content");
const show = (id, shown) => { document.getElementById(id).hidden = !shown; };
let touched = false; // somebody has begun to fill something in
let opened = [];

document.addEventListener("input", (event) => { if (content().contains(event.target)) touched = true; });
document.addEventListener("htmx:beforeRequest", (event) => { if (document.hidden) event.preventDefault(); });
document.addEventListener("htmx:beforeSwap", (event) => {
  const other = /data-token="([0-9a-f]+)"/.exec(event.detail.serverResponse);
  const same = other && other[1] === content().dataset.token;
  if (same || !other) event.detail.shouldSwap = false;
  else if (touched) { event.detail.shouldSwap = false; show("news", true); }
  opened = [...content().querySelectorAll("details[open][id]")].map((each) => each.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) { const found = document.getElementById(id); if (found) found.open = true; }
  tick();
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, () => show("unheard", true));
document.addEventListener("htmx:afterOnLoad", () => show("unheard", false));
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[type=submit]")) button.disabled = true; // pressed once
});
window.addEventListener("pageshow", () => { for (const button of document.querySelectorAll("button[type=submit]")) button.disabled = false; });

// What is left until a moment, beside the moment itself.
function tick() {
  for (const each of document.querySelectorAll("time[data-until]")) {
    each.dataset.at ||= each.textContent;
    const left = Math.round((Date.parse(each.dataset.until) - Date.now()) / 1000);
    const zh = document.documentElement.lang === "zh";
    if (left > 0 && left < 3600) each.textContent = zh ? `${each.dataset.at}(还有 ${left} 秒)` : `${each.dataset.at} (${left} s left)`;
    else each.textContent = each.dataset.at;
  }
}
setInterval(tick, 1000);
tick();
