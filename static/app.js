// The shell's few lines. Pages work without them; nothing here is evaluated, inlined or asks before leaving a page.
const root = document.documentElement;
const store = { get: () => { try { return localStorage.theme; } catch { return ""; } }, set: v => { try { localStorage.theme = v; } catch { /* private mode */ } } };
const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
if (["light", "dark"].includes(store.get())) root.dataset.theme = store.get(); // in <head>, before the first paint: no flash
const on = (name, listen, capture = false) => document.addEventListener(name, listen, capture);

// While an input method composes, `input` fires for every pinyin letter: hold it, and send one when the word stands.
on("input", e => { if (e.isComposing) e.stopImmediatePropagation(); }, true);
on("compositionend", e => e.target.dispatchEvent(new Event("input", { bubbles: true })), true);

// Toasts. A lost POST has an unknown outcome; its idempotency key makes a second press safe, and the text says so.
function toast(key, level, detail = "") {
  const region = document.getElementById("toast"), copy = document.getElementById("toast-template").content.cloneNode(true);
  copy.firstElementChild.dataset.level = level;
  copy.querySelector("span").textContent = region.dataset[key] + detail;
  region.append(copy);
}
const writes = e => !["get", undefined].includes(e.detail.requestConfig?.verb);
for (const lost of ["htmx:sendError", "htmx:timeout"]) on(lost, e => toast(writes(e) ? "unknown" : "offline", "danger"));
on("htmx:responseError", e => {
  const status = e.detail.xhr.status;
  const key = status >= 500 ? (writes(e) ? "unknown" : "failed") : { 401: "expired", 403: "forbidden", 404: "missing", 429: "busy" }[status] || "refused";
  toast(key, status >= 500 ? "danger" : "warn", ` (${status})`);
});
on("DOMContentLoaded", () => { // good news leaves by itself, bad news stays until it is dismissed
  const fade = node => { if (node.matches?.('.toast:is([data-level="success"], [data-level="info"])')) setTimeout(() => node.remove(), 8000); };
  new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(fade))).observe(document.getElementById("toast"), { childList: true });
});

on("click", e => {
  if (e.target.closest("[data-dismiss]")) e.target.closest(".toast")?.remove();
  if (e.target.closest("[data-print]")) print();
  if (e.target.closest("[data-theme-toggle]")) store.set(root.dataset.theme = dark() ? "light" : "dark");
  document.querySelectorAll("details.dropdown[open]").forEach(d => { if (!d.contains(e.target)) d.open = false; });
});
on("keydown", e => {
  const open = e.key === "Escape" && document.querySelector("details.dropdown[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
  const typing = e.isComposing || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, textarea, select, [contenteditable]");
  const box = e.key === "/" && !typing && document.querySelector('main input[type="search"], input[type="search"]');
  if (box) { e.preventDefault(); box.focus(); }
});

// data-confirm="question" on a button or link asks at the click, on a form at the submit; it runs before htmx hears of either.
const ask = (e, el) => { if (el && !confirm(el.dataset.confirm)) { e.preventDefault(); e.stopImmediatePropagation(); } };
on("click", e => ask(e, e.target.closest?.(":is(button, a, input)[data-confirm]")), true);
on("submit", e => ask(e, e.target.closest("form[data-confirm]")), true);
on("htmx:afterSettle", e => { // a refused form: go to the first bad field, but never pull the cursor out of one being typed in
  if (["submit", "click"].includes(e.detail.requestConfig?.triggeringEvent?.type)) e.target.querySelector?.('[aria-invalid="true"]')?.focus();
});
