// <tuiding-status src="/your-backend/cancellations/ID" lang="zh" time-zone="Asia/Shanghai">: where a cancellation is, for any channel's page.
// One file, no dependency. `src` answers intake's GET /v1/cancellations/{id} as it is; `events`, if it is given, intake's
// GET /v1/cancellations/{id}/events, and then nothing is asked again and again. Works under a strict CSP; text is only text. What stands between the tags is shown until the first answer, and without JavaScript.
(() => {
  const LOOK_MS = 2000, MOST_MS = 30000;
  const ROAD = ["received", "checking", "in-review", "quoted", "confirmed", "settled", "switching-off", "terminated", "closed"];
  const BESIDE = { "information-required": "in-review", referred: "in-review", "payment-failed": "confirmed", scheduled: "settled", late: "switching-off" };
  const BAD = ["rejected", "returned", "failed", "late", "payment-failed"];
  const WORDS = { zh: ["申请", "审核", "确认", "关闭", "办结"], en: ["filed", "review", "your yes", "off", "done"] };
  const MARKS = ["checking", "quoted", "confirmed", "terminated", "closed"]; // a word of the bar is reached with its stage
  const LOOK = new CSSStyleSheet();
  LOOK.replaceSync(`
    :host { display: block; font: 14px/1.5 var(--font, system-ui, sans-serif); color: var(--ink, #16202c); }
    .card { border: 1px solid var(--line, #dde3ea); border-radius: 8px; padding: 12px; background: var(--ground, #f5f6f8); }
    p { margin: 0; } .next { color: var(--soft, #566374); margin-top: 4px; } .bad { color: var(--bad, #b42318); }
    ol { display: flex; gap: 4px; list-style: none; margin: 0 0 10px; padding: 0; font-size: 12px; color: var(--soft, #566374); }
    li { flex: 1; border-top: 4px solid var(--line, #dde3ea); padding-top: 4px; min-width: 0; }
    li.done { border-color: var(--ok, #17694a); color: var(--ok, #17694a); } li.now { border-color: var(--accent, #2457d6); color: var(--accent, #2457d6); font-weight: 600; }
    .stopped li { border-color: var(--line, #dde3ea); color: var(--soft, #566374); font-weight: 400; } time { font-variant-numeric: tabular-nums; white-space: nowrap; }`);

  class StatusCard extends HTMLElement {
    connectedCallback() {
      this.pause = LOOK_MS;
      this.look();
      if (!this.hasAttribute("events")) return;
      this.stream = new EventSource(this.getAttribute("events"));
      this.stream.addEventListener("status", (event) => this.take(JSON.parse(event.data)));
    }
    disconnectedCallback() { clearTimeout(this.timer); this.stream?.close(); }

    take(status) {
      const told = JSON.stringify([status.stage, status.where, status.next]);
      if (told === this.told) return;
      this.told = told;
      this.draw(status);
      this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: status }));
    }

    async look() {
      try {
        const answer = await fetch(this.getAttribute("src"), { headers: { accept: "application/json" }, cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const status = await answer.json();
        this.pause = LOOK_MS;
        this.take(status);
        if (this.stream || (status.ended && !status.next.by)) this.pause = MOST_MS;
      } catch { this.pause = Math.min(this.pause * 2, MOST_MS); } // what was known stays
      if (this.isConnected) this.timer = setTimeout(() => this.look(), this.pause);
    }

    moment(at) {
      const zone = this.getAttribute("time-zone") || undefined;
      return new Date(at).toLocaleString("sv", { timeZone: zone }); // 2026-11-30 12:19:06, in any language
    }

    draw(status) {
      const language = (this.lang || document.documentElement.lang || "en").startsWith("zh") ? "zh" : "en";
      const root = this.shadowRoot || this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [LOOK];
      const card = made("div", "card"), at = ROAD.indexOf(BESIDE[status.stage] || status.stage);
      const bar = made("ol", at < 0 ? "stopped" : "");
      MARKS.forEach((mark, place) => {
        const reached = at >= ROAD.indexOf(mark), next = at >= 0 && !reached && (place === 0 || at >= ROAD.indexOf(MARKS[place - 1]));
        bar.append(made("li", reached ? "done" : next ? "now" : "", WORDS[language][place]));
      });
      card.append(bar, made("p", BAD.includes(status.stage) ? "bad" : "", status.where[language]));
      const next = made("p", "next", status.next.what[language]);
      if (status.next.by) next.append(" ", made("time", "", this.moment(status.next.by)));
      card.append(next);
      card.setAttribute("role", "status");
      root.replaceChildren(card);
    }
  }

  function made(name, css, text = "") {
    const element = document.createElement(name);
    if (css) element.className = css;
    element.textContent = text;
    return element;
  }
  customElements.define("tuiding-status", StatusCard);
})();
