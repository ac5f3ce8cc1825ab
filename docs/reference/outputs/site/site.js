// Finds names. It fetches nothing: names.js has them all, and every name becomes text.
"use strict";
(() => {
  const MOST = 30;
  const place = document.querySelector(".search");
  const input = document.querySelector("#search");
  const found = document.querySelector("#found");
  const said = document.querySelector("#said");
  const names = globalThis.sqlplumbNames ?? [];
  place.hidden = false;

  // The whole name comes before its beginning, and that before any part; tables before the rest.
  const rank = (name, words) => {
    const lower = name.toLowerCase();
    return lower === words ? 0 : lower.startsWith(words) ? 1 : lower.includes(words) ? 2 : 3;
  };

  function search(text) {
    const words = text.trim().toLowerCase();
    if (!words) return [];
    const [table, column] = words.includes(".") ? words.split(/\.(.*)/s) : ["", words];
    return names
      .map((entry) => {
        const isInTable = !table || entry[2].toLowerCase().includes(table);
        const whole = rank(entry[0], words);
        return [whole < 3 || !isInTable ? whole : rank(entry[0], column), entry];
      })
      .filter(([at]) => at < 3)
      .sort(([a, one], [b, other]) => a - b || Boolean(one[2]) - Boolean(other[2]))
      .map(([, entry]) => entry);
  }

  function show() {
    const all = search(input.value);
    const items = all.slice(0, MOST).map(([name, kind, table, href]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const code = document.createElement("code");
      const note = document.createElement("span");
      code.textContent = name;
      note.textContent = table ? `${kind} of ${table}` : kind;
      link.href = place.dataset.root + href;
      link.append(code, note);
      item.append(link);
      return item;
    });
    if (input.value.trim() && !items.length) {
      const item = document.createElement("li");
      item.textContent = "Nothing has this name.";
      items.push(item);
    }
    found.replaceChildren(...items);
    found.hidden = !items.length;
    said.textContent = input.value.trim() ? `${all.length} found` : "";
  }

  function close() {
    input.value = "";
    show();
  }

  const links = () => [...found.querySelectorAll("a")];

  function step(event) {
    const stops = [input, ...links()];
    const at = stops.indexOf(document.activeElement);
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (at < 0 || !stops[next]) return;
    event.preventDefault();
    stops[next].focus();
  }

  input.addEventListener("input", show);
  place.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event);
    else if (event.key === "Enter" && event.target === input) links()[0]?.click();
    else if (event.key === "Escape") {
      close();
      input.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  document.addEventListener("click", (event) => {
    if (!place.contains(event.target)) found.hidden = true;
  });
  input.addEventListener("focus", () => {
    if (input.value) found.hidden = false;
  });
})();
