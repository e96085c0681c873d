// Every two seconds: fetch this page again and swap the sections that changed, except where somebody is at work.
const EVERY_MS = 2000;

function atWork(section) {
  const selection = document.getSelection();
  const selecting = selection && !selection.isCollapsed && section.contains(selection.anchorNode);
  return selecting || section.contains(document.activeElement);
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const section of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(section.id);
    if (next && next.innerHTML !== section.innerHTML && !atWork(section)) section.replaceChildren(...next.childNodes);
  }
}

(function again() { setTimeout(() => refresh().catch(() => {}).finally(again), EVERY_MS); })();
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, textarea")) return;
  event.preventDefault();
  document.getElementById("search").focus();
});
