// Makes pleasant what works without it: autosave of long answers, typed text that a bad line cannot lose, focus on errors.
// A form marked data-autosave is posted to data-autosave (or its action) a moment after typing, with "X-Autosave: 1".
// Answers: 204 saved (X-Version: the new version, if the form has one), 409 somebody saved newer text, 422 not complete yet.
(() => {
  "use strict";
  const PREFIX = "cg:";
  const SENT = PREFIX + "sent";
  const PAUSE = 1500;
  const PATIENCE = 15000;

  const store = {
    put(key, value) { try { sessionStorage.setItem(key, value); return true; } catch { return false; } },
    get(key) { try { return sessionStorage.getItem(key); } catch { return null; } },
    drop(key) { try { sessionStorage.removeItem(key); } catch { /* nothing to drop */ } },
    clear() {
      try { Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => sessionStorage.removeItem(key)); } catch { /* nothing kept */ }
    },
  };
  const keyOf = (form) => PREFIX + location.pathname + "#" + (form.id || form.getAttribute("action") || "");
  const typed = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  const say = (form, word, time) => {
    const place = form.querySelector("[data-autosave-status]");
    if (!place) return;
    const text = place.dataset[word] || "";
    place.textContent = time ? text.replace("%time%", time) : text;
    place.dataset.state = word;
  };
  const hour = () => new Date().toLocaleTimeString(document.documentElement.lang || [], { hour: "2-digit", minute: "2-digit" });

  const restore = (form) => {
    const kept = store.get(keyOf(form));
    if (!kept || form.querySelector(".is-invalid")) return;
    let pairs;
    try { pairs = JSON.parse(kept); } catch { store.drop(keyOf(form)); return; }
    const values = new Map();
    pairs.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
    let changed = false;
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden" || field.type === "file" || field.type === "submit" || field.name === "csrfmiddlewaretoken") continue;
      const wanted = values.get(field.name) || [];
      if (field.type === "radio" || field.type === "checkbox") {
        const on = wanted.includes(field.value);
        if (field.checked !== on) { field.checked = on; changed = true; }
      } else if (field.multiple) {
        for (const option of field.options) { const on = wanted.includes(option.value); if (option.selected !== on) { option.selected = on; changed = true; } }
      } else if (wanted.length && field.value !== wanted[0]) { field.value = wanted[0]; changed = true; }
    }
    if (changed) { form.querySelectorAll("details").forEach((fold) => { if (fold.querySelector("textarea")?.value) fold.open = true; }); say(form, "restored"); }
    else store.drop(keyOf(form));
  };

  const autosave = (form) => {
    let timer = 0, running = null, again = false, waiting = false;
    const keep = () => store.put(keyOf(form), JSON.stringify(typed(form)));
    const save = () => {
      if (running) { again = true; return; }
      running = post().finally(() => { running = null; if (again && !waiting) { again = false; save(); } });
    };
    const post = async () => {
      say(form, "saving");
      const sent = JSON.stringify(typed(form));
      try {
        const answer = await fetch(form.dataset.autosave || form.action, {
          method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual", headers: { "X-Autosave": "1" },
        });
        if (answer.status === 204) {
          const version = answer.headers.get("X-Version");
          const field = form.elements.namedItem("version");
          if (version && field) field.value = version;
          if (JSON.stringify(typed(form)) === sent || version) store.drop(keyOf(form));
          say(form, "saved", hour());
        } else { keep(); say(form, answer.status === 409 ? "newer" : answer.status === 422 ? "incomplete" : "failed"); }
      } catch { keep(); say(form, "failed"); }
    };
    form.addEventListener("input", () => { keep(); clearTimeout(timer); timer = setTimeout(save, PAUSE); });
    // What is sent while an autosave is on its way would meet its own newer version there: it waits for that one's answer.
    form.addEventListener("submit", async (event) => {
      clearTimeout(timer);
      if (!running) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (waiting) return;
      waiting = true;
      await Promise.race([running, new Promise((over) => { setTimeout(over, PATIENCE); })]);
      running = null; again = false; waiting = false;
      form.requestSubmit(event.submitter);
    }, true);
    addEventListener("online", () => { if (store.get(keyOf(form))) save(); });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-sign-out]")) { store.clear(); return; }
    const keeps = form.matches("[data-autosave], [data-keep]");
    if (keeps && !navigator.onLine) {
      event.preventDefault();
      store.put(keyOf(form), JSON.stringify(typed(form)));
      say(form, "failed");
      return;
    }
    // A second click while the first is on its way would do the same thing twice.
    if (form.dataset.sent) { event.preventDefault(); return; }
    if ((form.getAttribute("method") || "get").toLowerCase() === "post" && !form.hasAttribute("hx-post")) {
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 5000);
    }
    if (keeps) { store.put(keyOf(form), JSON.stringify(typed(form))); store.put(SENT, keyOf(form)); }
  });

  const start = (root) => {
    root.querySelectorAll("form[data-autosave], form[data-keep]").forEach((form) => {
      if (form.dataset.ready) return;
      form.dataset.ready = "1";
      restore(form);
      if (form.hasAttribute("data-autosave")) autosave(form);
      else form.addEventListener("input", () => store.put(keyOf(form), JSON.stringify(typed(form))));
    });
    const errors = root.querySelector(".cg-errors[tabindex]");
    if (errors) errors.focus();
  };

  // On a phone the tabs go on beyond the edge: the one that is open stands in sight, also after the phone was turned.
  const intoSight = () => {
    document.querySelectorAll(".cg-bar nav [aria-current], .cg-tabs [aria-current]").forEach((tab) => {
      const row = tab.parentElement;
      row.scrollLeft = 0;
      const [here, frame] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
      if (here.left < frame.left || here.right > frame.right) row.scrollLeft += here.left - frame.left - (row.clientWidth - tab.offsetWidth) / 2;
    });
  };

  // A page came back after sending: the server has the text (or shows it again beside the errors). Only pages that mean
  // "it did not arrive" (an error, a sign-in in between) say so with data-keep-drafts on <html>.
  document.addEventListener("DOMContentLoaded", () => {
    const sent = store.get(SENT);
    if (sent) {
      if (!document.documentElement.hasAttribute("data-keep-drafts")) store.drop(sent);
      // What did not arrive waits for its own page; any page in between would take it for arrived.
      store.drop(SENT);
    }
    start(document);
    intoSight();
  });
  // A keyboard that opens, or an address bar that goes, is no turn.
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; intoSight(); } });
  document.addEventListener("htmx:load", (event) => start(event.detail.elt));
  // Sent in its place in a list, and saved: what was kept for a bad line is no longer needed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt;
    if (event.detail.xhr.getResponseHeader("X-Saved") && form.matches("form[data-autosave]")) { store.drop(keyOf(form)); store.drop(SENT); }
  });
  // The joint session: arrows, and the keys that a presenter sends, follow the links that stand there anyway.
  document.addEventListener("keydown", (event) => {
    if (!document.querySelector("[data-show]") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rel = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev" }[event.key];
    const link = rel && document.querySelector(`a[rel="${rel}"]`);
    if (link) { event.preventDefault(); link.click(); }
  });
  // Passkeys are the one thing that needs scripts; when one is refused, the page says so.
  document.addEventListener("allauth.error", (event) => {
    const place = document.querySelector("[data-passkey-failed]");
    if (place) { place.hidden = false; event.preventDefault(); }
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));
})();
