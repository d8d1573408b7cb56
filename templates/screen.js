"use strict";
// Finding, sorting, copying and pointing in a report that is whole without any of it. Nothing here makes markup from
// data: text goes in as text, and what the page shows is read from the page.
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const tools = document.getElementById("tools");
  const panel = document.getElementById("cell");
  const found = document.getElementById("found");
  const field = (name) => tools.elements[name];
  const FILTERS = ["q", "flag", "state", "env", "owner", "status", "question", "severity", "coverage"];

  // What can be found ------------------------------------------------------------------------------------------------

  const rowsOf = new Map(); // anchor of an agent: its rows in the tables of agents, and its line of the contents
  for (const link of document.querySelectorAll(".strip a, .heat a, .agents-named a, .worklist th a")) {
    const anchor = link.hash.slice(1);
    const line = link.closest("tr, li");
    rowsOf.set(anchor, [...(rowsOf.get(anchor) || []), line]);
  }

  const rulesOf = (section) =>
    [...section.querySelectorAll(".issue")].map((each) => each.textContent).join("\n").toLowerCase();

  // The signs of an agent's row in a table of agents, as letters.
  function signsOf(rows, table) {
    const row = rows.find((each) => each.closest(table));
    return row ? [...row.querySelectorAll("td:not(.num)")].map((cell) => cell.textContent[0]).join("") : "";
  }

  const agents = [...document.querySelectorAll("section.agent")].map((section) => {
    const names = [...section.querySelectorAll(".matrix tbody tr[id]")].map((row) => ({
      row,
      text: row.firstElementChild.textContent.toLowerCase(),
      hit: false,
    }));
    const titles = section.querySelector(".pointers");
    const rows = rowsOf.get(section.id) || [];
    return {
      section,
      names,
      rows,
      flags: signsOf(rows, ".strip").slice(0, -2),
      letters: signsOf(rows, ".heat"),
      severities: (section.dataset.severity || "").split(","),
      questions: (section.dataset.question || "").split(","),
      environments: [...section.querySelectorAll(".env")].map((each) => each.textContent),
      head: `${section.querySelector("h3").textContent} ${section.querySelector(".id").textContent}`.toLowerCase(),
      all: names.map((name) => name.text).join("\n") + (titles ? titles.textContent.toLowerCase() : ""),
      rules: rulesOf(section),
      shown: true,
    };
  });

  function offer(name, values) {
    const options = [...new Set(values.filter(Boolean))].sort();
    for (const value of options) field(name).add(new Option(words.severities[value] || words.questions[value] || value, value));
    field(name).closest("label").hidden = !options.length;
  }
  offer("env", agents.flatMap((agent) => agent.environments));
  offer("owner", agents.map((agent) => agent.section.dataset.owner));
  offer("status", agents.map((agent) => agent.section.dataset.status));
  offer("question", agents.flatMap((agent) => agent.questions));
  offer("severity", agents.flatMap((agent) => agent.severities));

  const CERTAIN = { I: "IA", X: "XD", "?": "?" };

  function flagged(agent, flag, state) {
    if (!flag && !state) return true;
    const letters = flag ? agent.flags[flag] : agent.flags;
    return state ? [...letters].some((letter) => CERTAIN[state].includes(letter)) : letters === "I" || letters === "?";
  }

  // A category or an action that is looked for finds the agents that include or allow it, or cannot rule it out.
  function columns(query) {
    if (query.length < 3) return [];
    return words.terms.flatMap((term, place) => (term.includes(query) ? [place] : []));
  }

  function wanted(agent, query, terms) {
    const data = agent.section.dataset;
    const kept =
      flagged(agent, field("flag").value, field("state").value) &&
      (!field("env").value || agent.environments.includes(field("env").value)) &&
      (!field("owner").value || data.owner === field("owner").value) &&
      (!field("status").value || data.status === field("status").value) &&
      (!field("question").value || agent.questions.includes(field("question").value)) &&
      (!field("severity").value || agent.severities.includes(field("severity").value)) &&
      (!field("coverage").value || data.coverage === field("coverage").value);
    if (!kept || !query) return kept;
    return (
      agent.head.includes(query) ||
      agent.all.includes(query) ||
      agent.rules.includes(query) ||
      terms.some((place) => "IA?".includes(agent.letters[place]))
    );
  }

  function find() {
    const query = field("q").value.trim().toLowerCase();
    const terms = columns(query);
    let count = 0;
    for (const agent of agents) {
      const shown = wanted(agent, query, terms);
      count += shown;
      if (shown !== agent.shown) {
        agent.shown = shown;
        agent.section.hidden = !shown;
        for (const row of agent.rows) row.hidden = !shown;
      }
      if (!shown) continue;
      const within = query.length > 1 && agent.all.includes(query);
      for (const name of agent.names) {
        const hit = within && name.text.includes(query);
        if (hit !== name.hit) {
          name.hit = hit;
          name.row.classList.toggle("hit", hit);
        }
      }
    }
    const filtered = count < agents.length;
    document.body.classList.toggle("filtered", filtered);
    found.textContent = words.found.replace("{some}", count).replace("{all}", agents.length);
    return filtered;
  }

  // The state of the search is in the address, so that it can be sent.
  function remember() {
    const state = new URLSearchParams();
    for (const name of FILTERS) if (field(name).value) state.set(name, field(name).value);
    const hash = state.size ? `#?${state}` : "#";
    history.replaceState(null, "", hash === "#" ? location.pathname + location.search : hash);
  }

  function recall() {
    if (!location.hash.startsWith("#?")) return;
    for (const [name, value] of new URLSearchParams(location.hash.slice(2))) {
      if (FILTERS.includes(name)) field(name).value = value;
    }
  }

  let later = 0;
  tools.addEventListener("input", () => {
    find();
    clearTimeout(later);
    later = setTimeout(remember, 300);
  });
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("reset", () => setTimeout(() => (find(), remember(), dress())));

  // Light and dark ---------------------------------------------------------------------------------------------------

  function dress() {
    document.documentElement.dataset.theme = field("theme").value;
  }
  field("theme").addEventListener("change", dress);

  // Sorting ----------------------------------------------------------------------------------------------------------

  const ORDER = "0XD?IApPiNcCrRsSq";
  function keyOf(cell) {
    if (cell.querySelector("i")) return ORDER.indexOf(cell.textContent[0]);
    const text = cell.textContent.trim();
    return /^[\d.,\s\u202f\u00a0]+\s*%?$/.test(text) ? Number(text.replace(/[^\d]/g, "")) : text;
  }

  function sort(table, head, place) {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = [...table.tBodies[0].rows].map((row) => [keyOf(row.cells[place]), row]);
    const compare = (a, b) =>
      typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), words.language);
    keyed.sort(([a], [b]) => (up ? compare(a, b) : compare(b, a)));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head, place));
    });
  }

  // Cells ------------------------------------------------------------------------------------------------------------

  let chosen = null;

  function wordsOf(cell) {
    const row = cell.parentElement;
    const agent = cell.closest("section").querySelector("h3").textContent;
    const name = row.cells[0].textContent.trim().replace(/\s+/g, " ");
    if (cell.colSpan > 1) return { text: `${agent}, ${name}: ${cell.textContent}`, path: "" };
    const [side, label, path] = words.fields[cell.cellIndex - 1];
    if (cell.closest("tfoot")) return { text: `${agent}. ${side}, ${label}: ${answersIn(cell)}`, path };
    const answer = words.answers[cell.textContent.trim()];
    return { text: `${agent}, ${name}. ${side}, ${label}: ${answer}`, path };
  }

  // The answers of a whole column, each with the numbers of its rows.
  function answersIn(cell) {
    const numbers = new Map();
    for (const row of cell.closest("table").querySelectorAll("tbody tr[id]")) {
      const here = row.cells[cell.cellIndex];
      const answer = here ? words.answers[here.textContent.trim()] : row.querySelector("b").textContent;
      numbers.set(answer, [...(numbers.get(answer) || []), parseInt(row.cells[0].textContent, 10)]);
    }
    return [...numbers].map(([answer, rows]) => `${answer} (${inRuns(rows)})`).join("; ");
  }

  function inRuns(numbers) {
    const runs = [];
    for (const number of numbers) {
      const last = runs[runs.length - 1];
      if (last && last[1] + 1 === number) last[1] = number;
      else runs.push([number, number]);
    }
    return runs.map(([first, last]) => (first === last ? first : `${first}\u2013${last}`)).join(" ");
  }

  // Rows that follow each other in a list are told at once: "1–20: 0–19".
  function evidenceOf(row) {
    const number = parseInt(row.cells[0].textContent, 10);
    for (const item of row.closest("section").querySelectorAll(".pointers li")) {
      const [, first, last, step] = item.firstChild.textContent.match(/^(\d+)(?:\u2013(\d+))?: ([^]*)$/);
      if (number < first || number > (last || first)) continue;
      const place = item.parentElement.previousElementSibling.textContent.trim();
      return place + (last ? parseInt(step, 10) + number - first : step.trim());
    }
    return "";
  }

  function tell(cell) {
    const { text, path } = wordsOf(cell);
    const row = cell.parentElement;
    document.getElementById("cell-words").textContent = text;
    const column = !row.id;
    document.getElementById("cell-evidence").textContent = column ? "" : evidenceOf(row) + (path ? ` /data_risk/${path}` : "");
    document.getElementById("cell-link").href = `#${row.id || row.closest("section").id}${path && !column ? `/${path}` : ""}`;
    panel.hidden = false;
    chosen?.classList.remove("chosen");
    chosen = cell;
    cell.classList.add("chosen");
  }

  function close() {
    panel.hidden = true;
    chosen?.classList.remove("chosen");
    document.getElementById("copied").textContent = "";
  }

  // One cell of a matrix is in the order of tabs; arrows lead to the others.
  function enter(cell, focus = true) {
    const table = cell.closest("table");
    for (const other of table.querySelectorAll("td[tabindex]")) other.removeAttribute("tabindex");
    cell.tabIndex = 0;
    if (focus) cell.focus();
  }

  function neighbour(cell, key, ctrl) {
    const rows = [...cell.closest("table").querySelectorAll("tbody tr[id], tfoot tr")];
    const at = rows.indexOf(cell.parentElement);
    const last = (row) => row.cells[row.cells.length - 1];
    const same = (row) => row && (row.cells[Math.min(cell.cellIndex, row.cells.length - 1)] || null);
    return {
      ArrowRight: () => cell.nextElementSibling,
      ArrowLeft: () => (cell.cellIndex > 1 ? cell.previousElementSibling : null),
      ArrowDown: () => same(rows[at + 1]),
      ArrowUp: () => same(rows[at - 1]),
      Home: () => (ctrl ? rows[0] : cell.parentElement).cells[1],
      End: () => last(ctrl ? rows[rows.length - 1] : cell.parentElement),
    }[key]?.();
  }

  const isCell = (node) => node instanceof HTMLTableCellElement && node.tagName === "TD" && node.closest(".matrix tbody, .matrix tfoot");
  for (const table of document.querySelectorAll(".matrix")) {
    const first = table.querySelector("tbody tr[id] td");
    if (first) first.tabIndex = 0;
  }
  document.addEventListener("focusin", (event) => isCell(event.target) && tell(event.target));
  document.addEventListener("click", (event) => {
    const cell = event.target.closest?.("td");
    if (isCell(cell)) enter(cell);
  });
  document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest?.("td");
    if (isCell(cell) && !cell.title) cell.title = wordsOf(cell).text;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
    else if (isCell(event.target)) {
      const next = neighbour(event.target, event.key, event.ctrlKey);
      if (next === undefined) return;
      event.preventDefault();
      if (next) enter(next);
    }
  });
  document.getElementById("close").addEventListener("click", () => {
    const cell = chosen;
    close();
    cell?.focus({ preventScroll: true });
    close();
  });

  // A link to a cell is its row's anchor and the name of the field, which outlive a run.
  function arrive() {
    const anchor = decodeURIComponent(location.hash.slice(1));
    if (!anchor || anchor.startsWith("?")) return;
    const [id, ...path] = anchor.split("/");
    const target = document.getElementById(id);
    if (!target) return;
    const hidden = target.closest("section.agent[hidden]");
    if (hidden) tools.reset();
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    const place = words.fields.findIndex((each) => each[2] === path.join("/"));
    const cell = target.cells?.[path.length ? place + 1 : 0];
    const seen = () => {
      (cell || target).scrollIntoView({ block: "center", inline: "center" });
      if (cell && path.length) enter(cell);
    };
    if (path.length || hidden || target.tagName === "DETAILS") setTimeout(seen, 50);
  }
  addEventListener("hashchange", arrive);

  // Copying ----------------------------------------------------------------------------------------------------------

  // A spreadsheet runs what begins like this.
  const harmless = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

  function copied(table) {
    const head = ["", ...words.fields.map(([side, label]) => `${side}: ${label}`)];
    const lines = [...table.querySelectorAll("tbody tr[id]")].map((row) => {
      const [name, ...cells] = [...row.cells];
      const answers = cells.map((cell) => (cell.colSpan > 1 ? cell.textContent : words.answers[cell.textContent.trim()]));
      return [name.textContent.trim(), ...answers];
    });
    return [head, ...lines].map((line) => line.map((text) => harmless(text.replace(/\s+/g, " ").trim())));
  }

  document.getElementById("copy").addEventListener("click", async () => {
    const lines = copied(chosen.closest("table"));
    const text = lines.map((line) => line.join("\t")).join("\n");
    const made = document.createElement("table");
    for (const line of lines) {
      const row = made.insertRow();
      for (const each of line) row.insertCell().textContent = each;
    }
    const item = new ClipboardItem({
      "text/plain": new Blob([text], { type: "text/plain" }),
      "text/html": new Blob([made.outerHTML], { type: "text/html" }),
    });
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.write([item]);
      said.textContent = words.copied;
    } catch {
      said.textContent = words.notCopied;
    }
  });

  // Links and names that follow from what the page says --------------------------------------------------------------

  for (const cell of document.querySelectorAll(".found th")) {
    const rule = cell.textContent.trim();
    if (cell.firstElementChild || !document.getElementById(`r-${rule}`)) continue;
    const link = document.createElement("a");
    link.href = `#r-${rule}`;
    link.append(...cell.childNodes);
    cell.append(link);
  }
  for (const part of document.querySelectorAll(".scroll:not([aria-label]), .flow")) {
    const named = part.querySelector("caption") || part.previousElementSibling;
    part.setAttribute("aria-label", named.textContent.trim());
  }

  tools.hidden = false;
  recall();
  find();
  arrive();
})();
