// What the desk's pages do beyond plain forms: keys, the countdown to a story that goes out, and
// sentences that jump into a field. Every page works without it.
"use strict";

(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  let current = -1;

  const choose = (at) => {
    const all = rows();
    if (!all.length) return;
    current = Math.max(0, Math.min(all.length - 1, at));
    all.forEach((row, n) => row.classList.toggle("current", n === current));
    const link = all[current].querySelector("[data-open]");
    link.focus({ preventScroll: true });
    all[current].scrollIntoView({ block: "nearest" });
  };
  const inCurrent = (selector) => rows()[current]?.querySelector(selector);
  const story = () => inCurrent("[data-open]")?.getAttribute("href") ?? document.body.querySelector("[data-story]")?.dataset.story;
  const keys = document.getElementById("keys");

  const actions = {
    j: () => choose(current + 1),
    k: () => choose(current - 1),
    a: () => (inCurrent("[data-approve]") ?? (rows().length ? null : document.querySelector("[data-approve]")))?.click(),
    r: () => {
      const details = inCurrent("[data-reject]") ?? (rows().length ? null : document.querySelector("[data-reject]"));
      if (!details) return;
      details.open = true;
      details.querySelector("input[name=reason]").focus();
    },
    e: () => {
      if (inCurrent("[data-open]")) location.assign(story());
      else document.querySelector(".editing textarea, .editing input[type=text]")?.focus();
    },
    o: () => story() && window.open(story(), "_blank", "noopener"),
    m: () => story() && location.assign(story() + "#merge"),
    x: () => inCurrent("input[type=checkbox]")?.click(),
    u: () => [...document.querySelectorAll("[data-undo]")].pop()?.click(),
    "?": () => keys && (keys.open ? keys.close() : keys.showModal()),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (keys?.open && event.key !== "?") return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) {
      current = rows().indexOf(row);
      rows().forEach((it) => it.classList.toggle("current", it === row));
    }
  });

  // The countdown; at its end the page shows what has gone out.
  for (const place of document.querySelectorAll("[data-seconds]")) {
    const end = Date.now() + 1000 * Number(place.dataset.seconds);
    const show = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      place.textContent = left > 0 ? `in ${left} s` : "now";
      if (left > 0) return setTimeout(show, 250);
      place.closest("li").querySelector("[data-undo]")?.setAttribute("disabled", "");
    };
    show();
  }

  // A form that was sent is not sent again by a second click.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // A sentence of a source goes into the field that was last written in.
  let field = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-field]")) field = event.target;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sentence]");
    if (!button) return;
    const chosen = document.getElementById("into")?.value;
    const into = field ?? (chosen && document.getElementById("f-" + chosen));
    if (!into) return;
    event.preventDefault();
    const lines = into.value.split("\n").filter((it) => it.trim());
    lines.push(button.dataset.sentence);
    into.value = lines.join("\n");
    into.focus();
  });
})();
