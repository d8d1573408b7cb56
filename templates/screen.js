"use strict";
// Finding, sorting, copying and pointing in a report that is whole without any of it. Nothing here makes markup from
// data: text goes in as text, and what the page shows is read from the page.
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const tools = document.getElementById("tools");
  const panel = document.getElementById("cell");
  const found = document.getElementById("found");
  const field = (name) => tools.elements[name];

  // What can be found ------------------------------------------------------------------------------------------------

  const keys = (told) => new Map(Object.entries(told).map(([key, said]) => [said, key]));
  const severityOf = keys(words.severities);
  const certaintyOf = keys(words.certainties);
  const statusOf = keys(words.statuses);
  const questionOf = keys(words.questions);
  const low = (text) => text.toLowerCase();
  const textOf = (cell) => cell.textContent.trim();

  const rowsOf = new Map(); // anchor of an agent: its rows in the tables of agents, and its line of the contents
  for (const link of document.querySelectorAll(".strip a, .heat a, .agents-named a")) {
    const anchor = link.hash.slice(1);
    rowsOf.set(anchor, [...(rowsOf.get(anchor) || []), link.closest("tr, li")]);
  }

  // The signs of an agent's row in a table of agents, as letters.
  function signsOf(rows, table) {
    const row = rows.find((each) => each.closest(table));
    return row ? [...row.querySelectorAll("td:not(.num)")].map((cell) => cell.textContent[0]).join("") : "";
  }

  const expanded = (text) =>
    text.split(" ").filter(Boolean).flatMap((run) => {
      const [first, last] = run.split("\u2013").map(Number);
      return Array.from({ length: (last || first) - first + 1 }, (_, more) => first + more);
    });

  // A line of the list of all questions, with the findings that stand with it in its agent's part.
  function issueOf(row) {
    const [severity, agent, question, , certainty, owner, , status] = row.cells;
    const issue = {
      row, question, agent: agent.textContent, anchor: agent.firstElementChild.hash.slice(1),
      id: question.firstElementChild.hash.slice(1), key: questionOf.get(textOf(question)), owner: textOf(owner),
      severity: severityOf.get(textOf(severity)), certainty: certaintyOf.get(textOf(certainty)),
      status: statusOf.get(textOf(status.firstChild)), shown: true,
    };
    const lines = [...document.getElementById(issue.id).rows].slice(1);
    issue.findings = lines.map((line) => findingOf(line, issue));
    issue.text = low([row.textContent, ...issue.findings.map((each) => `${each.rule} ${each.title}`)].join("\n"));
    return issue;
  }

  function findingOf(line, issue) {
    const [rule, title, declared, possible] = line.cells;
    const whole = declared.colSpan > 1;
    const names = line.className.split(" ");
    const rows = whole ? [] : [declared, possible].map((cell) => expanded(textOf(cell)));
    return {
      issue, digits: textOf(line.lastElementChild), rule: textOf(rule), title: textOf(title), rows: rows.flat(), shown: true,
      severity: names.find((name) => words.severities[name]) || issue.severity,
      certainty: names.includes("possible") || (!whole && !rows[0].length) ? "possible" : "declared",
      status: names.includes("accepted") ? "accepted" : issue.status,
    };
  }

  const issues = [...document.querySelectorAll("#list-issues tbody tr")].map(issueOf);
  const findings = issues.flatMap((issue) => issue.findings);
  const provisions = Object.entries(words.rules).map(([rule, text]) => [rule, low(`${rule}\n${text}`)]);

  const agents = [...document.querySelectorAll("section.agent")].map((section) => {
    const titles = new Map();
    for (const item of section.querySelectorAll(".pointers li i")) {
      for (const number of expanded(item.parentElement.textContent.split(":")[0])) titles.set(number, item.textContent);
    }
    const names = [...section.querySelectorAll(".matrix tbody tr[id]")].map((row, place) => ({
      row,
      name: textOf(row.firstElementChild).replace(/^\d+\s+/, ""),
      text: low(`${row.firstElementChild.textContent}\n${titles.get(place + 1) || ""}`),
      hit: false,
    }));
    const rows = rowsOf.get(section.id) || [];
    return {
      section,
      names,
      rows,
      flags: signsOf(rows, ".strip").slice(0, -2),
      letters: signsOf(rows, ".heat"),
      issues: issues.filter((issue) => issue.anchor === section.id),
      environments: [...section.querySelectorAll(".env")].map((each) => each.textContent),
      head: low(`${section.querySelector("h3").textContent} ${section.querySelector(".id").textContent}`),
      pointers: low(section.querySelector(".pointers")?.textContent || ""),
      shown: true,
    };
  });
  const agentOf = new Map(agents.map((agent) => [agent.section.id, agent]));

  const FILTERS = ["q", "question", "severity", "certainty", "decision", "owner", "env", "flag", "state", "coverage", "status"];
  const collator = new Intl.Collator(words.language, { numeric: true });

  function offer(name, values, told) {
    const options = [...new Set(values.filter(Boolean))];
    if (told) options.sort((a, b) => Object.keys(told).indexOf(a) - Object.keys(told).indexOf(b));
    else options.sort(collator.compare);
    for (const value of options) field(name).add(new Option(told ? told[value] : value, value));
    field(name).closest("label").hidden = !options.length;
  }
  offer("env", agents.flatMap((agent) => agent.environments));
  offer("owner", [...agents.map((agent) => agent.section.dataset.owner), ...issues.map((issue) => issue.owner)]);
  offer("status", agents.map((agent) => agent.section.dataset.status));
  offer("question", issues.map((issue) => issue.key), words.questions);
  offer("severity", issues.flatMap((issue) => [issue.severity, ...issue.findings.map((each) => each.severity)]), words.severities);
  offer("certainty", findings.map((finding) => finding.certainty), words.certainties);
  offer("decision", [...issues, ...findings].map((each) => each.status), words.statuses);

  const CERTAIN = { I: "IA", X: "XD", "?": "?" };

  function flagged(agent, flag, state) {
    if (!flag && !state) return true;
    const letters = flag ? agent.flags[flag] : agent.flags;
    return state ? [...letters].some((letter) => CERTAIN[state].includes(letter)) : letters === "I" || letters === "?";
  }

  // What is looked for: the text, the columns that it names, and the rules whose provisions hold it. Article 9 is
  // not looked for in article 99.
  function wanted() {
    const given = Object.fromEntries(FILTERS.map((name) => [name, field(name).value]));
    const text = low(given.q.trim());
    const article = /(?:art\.?|articles?|recital|§)\s*\d+$/.test(text);
    const holds = (within) => {
      for (let at = within.indexOf(text); at >= 0; at = within.indexOf(text, at + 1)) {
        if (!article || !/\d/.test(within[at + text.length] || "")) return true;
      }
      return false;
    };
    return {
      ...given, text, holds,
      rules: new Set(text ? provisions.flatMap(([rule, told]) => (holds(told) ? [rule] : [])) : []),
      columns: text.length < 3 ? [] : words.terms.flatMap((term, place) => (term.includes(text) ? [place] : [])),
    };
  }

  const isAgent = (agent, want) =>
    flagged(agent, want.flag, want.state) &&
    (!want.env || agent.environments.includes(want.env)) &&
    (!want.status || agent.section.dataset.status === want.status) &&
    (!want.coverage || agent.section.dataset.coverage === want.coverage);

  const isIssue = (issue, want) =>
    (!want.question || issue.key === want.question) &&
    (!want.owner || issue.owner === want.owner) &&
    (!want.severity || issue.severity === want.severity || issue.findings.some((each) => each.severity === want.severity)) &&
    (!want.certainty || issue.certainty === want.certainty || issue.findings.some((each) => each.certainty === want.certainty)) &&
    (!want.decision || issue.status === want.decision || issue.findings.some((each) => each.status === want.decision));

  const isFinding = (finding, want) =>
    (!want.severity || finding.severity === want.severity) &&
    (!want.certainty || finding.certainty === want.certainty) &&
    (!want.decision || finding.status === want.decision);

  // Whether an agent is shown; sets which of its questions, findings and span types are.
  function look(agent, want) {
    const kept = isAgent(agent, want);
    const all = !want.text || want.holds(agent.head) || want.columns.some((place) => "IA?".includes(agent.letters[place]));
    const hits = new Set();
    agent.names.forEach((name, place) => {
      const hit = kept && want.text.length > 1 && want.holds(name.text);
      if (hit) hits.add(place + 1);
      if (hit === name.hit) return;
      name.hit = hit;
      name.row.classList.toggle("hit", hit);
    });
    let some = false;
    for (const issue of agent.issues) {
      const may = kept && isIssue(issue, want);
      const whole = all || want.holds(issue.text);
      for (const finding of issue.findings) {
        const about = finding.digits === want.text || want.rules.has(finding.rule) || finding.rows.some((row) => hits.has(row));
        finding.shown = may && isFinding(finding, want) && (whole || about);
      }
      const shown = may && (whole || issue.findings.some((finding) => finding.shown));
      some ||= shown;
      if (shown !== issue.shown) issue.row.hidden = !shown;
      issue.shown = shown;
    }
    const narrowed = want.question || want.severity || want.certainty || want.decision;
    const owned = !want.owner || agent.section.dataset.owner === want.owner;
    return kept && (some || (!narrowed && owned && (all || hits.size > 0 || want.holds(agent.pointers))));
  }

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(words.language));

  // Words that stay the same are left alone: a table of thousands of rows is laid out anew with its caption.
  function write(part, text) {
    if (part.textContent !== text) part.textContent = text;
  }

  function find() {
    const want = wanted();
    let count = 0;
    for (const agent of agents) {
      const shown = look(agent, want);
      count += shown;
      if (shown === agent.shown) continue;
      agent.shown = shown;
      agent.section.hidden = !shown;
      for (const row of agent.rows) row.hidden = !shown;
    }
    const inForce = FILTERS.slice(1).filter((name) => want[name]).length;
    const asked = issues.filter((issue) => issue.shown).length;
    document.body.classList.toggle("filtered", inForce > 0 || want.text !== "");
    write(document.getElementById("in-force"), inForce ? `(${inForce})` : "");
    write(found, filled(words.found, { some: count, all: agents.length, asked, questions: issues.length }));
    if (issues.length) {
      write(document.querySelector("#list-issues caption"), filled(words.questionsShown, { some: asked, all: issues.length }));
    }
    list();
    measureSoon();
  }

  // The address holds what is looked for and how tables are sorted, so that a view can be sent. What it does not
  // know in an address, or cannot use, it leaves alone.
  const SORTED = "by-";

  function remember() {
    const state = new URLSearchParams();
    for (const name of FILTERS) if (field(name).value) state.set(name, field(name).value);
    for (const table of document.querySelectorAll("table[data-sortable]")) {
      const head = table.querySelector("th[aria-sort]");
      const place = head && head.cellIndex + 1;
      if (place) state.set(SORTED + table.id, head.getAttribute("aria-sort") === "ascending" ? place : -place);
    }
    if (state.size) history.replaceState(null, "", `#?${state}`);
    else if (location.hash.startsWith("#?")) history.replaceState(null, "", location.pathname + location.search);
  }

  function recall() {
    if (!location.hash.startsWith("#?")) return false;
    for (const name of FILTERS) field(name).value = "";
    for (const [name, value] of [...new URLSearchParams(location.hash.slice(2))].slice(0, 40)) {
      const table = name.startsWith(SORTED) && document.getElementById(name.slice(SORTED.length));
      const head = /^-?\d{1,2}$/.test(value) && table?.matches?.("table[data-sortable]") && table.tHead.rows[0].cells[Math.abs(value) - 1];
      if (head) sort(table, head, value > 0 ? "ascending" : "descending");
      if (!FILTERS.includes(name)) continue;
      const known = name === "q" || [...field(name).options].some((option) => option.value === value);
      if (known) field(name).value = value.slice(0, 200);
    }
    find();
    return true;
  }

  let later = 0;
  tools.addEventListener("input", () => {
    find();
    clearTimeout(later);
    later = setTimeout(remember, 300);
  });
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("reset", () => setTimeout(() => (find(), remember(), dress())));
  const filters = document.getElementById("filters");
  document.addEventListener("click", (event) => {
    if (!filters.contains(event.target)) filters.open = false;
  });

  // Light and dark ---------------------------------------------------------------------------------------------------

  function dress() {
    document.documentElement.dataset.theme = field("theme").value;
  }
  field("theme").addEventListener("change", dress);

  // Sorting ----------------------------------------------------------------------------------------------------------

  const ORDER = "0XD?IApPiNcCrRsSq";
  const RANKED = [words.severities, words.certainties, words.statuses].flatMap((told) => Object.values(told));

  function keyOf(cell) {
    if (cell.querySelector("i")) return ORDER.indexOf(cell.textContent[0]);
    const text = textOf(cell.querySelector("b") ? cell.firstChild : cell); // how it stands, before what it was
    const time = cell.querySelector("time");
    if (time) return time.dateTime;
    if (RANKED.includes(text)) return RANKED.indexOf(text);
    return /^[\d.,\s\u202f\u00a0]+\s*%?$/.test(text) ? Number(text.replace(/[^\d]/g, "")) : text;
  }

  // What is not stated comes last, whichever way a table is sorted.
  function compared(a, b, up) {
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
    return up ? order : -order;
  }

  const asMade = new Map(); // a table: its rows in the order in which they need somebody

  function sort(table, head, order) {
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    if (order) head.setAttribute("aria-sort", order);
    if (table.id === "list-findings") return list();
    const body = table.tBodies[0];
    if (!asMade.has(table)) asMade.set(table, [...body.rows]);
    const keyed = asMade.get(table).map((row) => [order && keyOf(row.cells[head.cellIndex]), row]);
    if (order) keyed.sort(([a], [b]) => compared(a, b, order === "ascending"));
    body.append(...keyed.map(([, row]) => row));
  }

  const NEXT = { ascending: "descending", descending: "" };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        sort(table, head, NEXT[head.getAttribute("aria-sort")] ?? "ascending");
        remember();
      });
    }
  }

  // All findings -----------------------------------------------------------------------------------------------------

  const every = document.getElementById("all-findings");
  const allRows = document.getElementById("all-rows");
  const MANY = 500; // rows that are made at once
  let bound = MANY;

  function linked(text, anchor) {
    const link = document.createElement("a");
    link.href = `#${anchor}`;
    link.textContent = text;
    return link;
  }

  // The cells of a finding's row: what it is sorted by, and what stands there.
  const rank = (told, name) => Object.keys(told).indexOf(name);
  const CELLS = [
    [(each) => rank(words.severities, each.severity), (each) => [words.severities[each.severity]]],
    [(each) => each.issue.agent, (each) => [linked(each.issue.agent, each.issue.anchor)]],
    [(each) => each.rule, (each) => [document.getElementById(`r-${each.rule}`) ? linked(each.rule, `r-${each.rule}`) : each.rule, ` ${each.title}`]],
    [(each) => each.issue.question.textContent, (each) => [linked(textOf(each.issue.question), each.issue.id)]],
    [(each) => namesOf(each)[0]?.name || "", spanTypes],
    [(each) => rank(words.certainties, each.certainty), (each) => [words.certainties[each.certainty]]],
    [(each) => rank(words.statuses, each.status), (each) => [words.statuses[each.status]]],
    [(each) => Number(recordsOf(each)[0] || 0), (each) => recordsOf(each).flatMap((number) => [linked(`R${number}`, `record-${number}`), " "])],
  ];

  const namesOf = (finding) => finding.rows.map((row) => agentOf.get(finding.issue.anchor).names[row - 1]).filter(Boolean);

  function spanTypes(finding) {
    const all = namesOf(finding);
    const links = all.slice(0, all.length > 4 ? 3 : 4).flatMap((name) => [linked(name.name, name.row.id), " "]);
    const more = all.length - links.length / 2;
    return more ? [...links, linked(filled(words.more, { number: more }), finding.issue.id)] : links;
  }

  const recordsOf = (finding) => {
    const { section } = agentOf.get(finding.issue.anchor);
    const places = placesOf(section);
    const rows = finding.rows.length ? finding.rows : [...places.keys()];
    return [...new Set(rows.flatMap((row) => places.get(row)?.record || []))];
  };

  function list() {
    if (!every?.open) return;
    const table = document.getElementById("list-findings");
    const head = table.querySelector("th[aria-sort]");
    const shown = findings.filter((finding) => finding.shown);
    if (head) {
      const up = head.getAttribute("aria-sort") === "ascending";
      const keyed = shown.map((each) => [CELLS[head.cellIndex][0](each), each]);
      shown.splice(0, shown.length, ...keyed.sort(([a], [b]) => compared(a, b, up)).map(([, each]) => each));
    }
    table.caption.textContent = filled(words.findingsShown, { some: Math.min(shown.length, bound), all: findings.length });
    allRows.hidden = shown.length <= bound;
    const rows = shown.slice(0, bound).map((finding) => {
      const row = document.createElement("tr");
      row.className = finding.status === "open" ? finding.severity : "settled";
      CELLS.forEach(([, told], place) => {
        const cell = document.createElement(place === 2 ? "th" : "td");
        cell.append(...told(finding));
        row.append(cell);
      });
      return row;
    });
    table.tBodies[0].replaceChildren(...rows);
  }

  if (every) {
    every.hidden = !findings.length;
    every.addEventListener("toggle", list);
    allRows.addEventListener("click", () => {
      bound = Infinity;
      list();
    });
  }

  // Cells ------------------------------------------------------------------------------------------------------------

  let chosen = null;

  // What stands in a table of agents, in the list of an agent's flags, or among the figures.
  const isFigure = (cell) => cell.matches(".figures li");
  const isFlag = (cell) => cell.matches(".flags li:not(.uncounted)");
  const isOfAgents = (cell) => cell.matches(".heat td, .strip td");

  function sectionOf(cell) {
    const link = isOfAgents(cell) && cell.parentElement.querySelector("a");
    return link ? document.getElementById(link.hash.slice(1)) : cell.closest("section");
  }

  // The claim of a row, where it does not follow from the version and the name that stand there.
  const nameOf = (row) => textOf(row.cells[0]).replace(/^\d+\s+/, "");
  const claimOfRow = (row) =>
    row.dataset.claim ||
    `${row.closest("section").dataset.claim}/span_types/${row.parentElement.dataset.claim}/span/${nameOf(row)}`;

  const SIDES = { params_data_categories: "params", result_data_categories: "result" };

  // Its id, as report.json and the table of claims have it.
  function claimOf(cell) {
    if (isFigure(cell)) return cell.dataset.claim;
    const agent = sectionOf(cell).dataset.claim;
    const place = isFlag(cell) ? [...cell.parentElement.children].indexOf(cell) + 1 : cell.cellIndex - 1;
    if (isFlag(cell) || cell.closest(".strip")) return `${agent}/${words.strip[place]}`;
    if (cell.closest(".heat")) return `${agent}/${words.columns[place]}`;
    const path = cell.colSpan > 1 ? "" : words.fields[place][2];
    if (!cell.closest("tfoot")) return claimOfRow(cell.parentElement) + (path && `/${path}`);
    const [part, name] = path.split("/");
    const side = SIDES[part];
    if (!side) return `${agent}/actions/${name}`;
    return `${agent}/${name === "classification" ? `${name}/${side}` : `categories/${name}/${side}`}`;
  }

  // What is declared there, word for word; where that is no word of the vocabulary, the part below the matrix says it.
  function declaredAt(cell, claim) {
    const said = [...cell.closest("section").querySelectorAll(".item[data-claim]")].find((each) => each.dataset.claim === claim);
    return said ? textOf(said.lastElementChild) : JSON.stringify(words.raw[textOf(cell)]) || words.answers[textOf(cell)];
  }

  function wordsOf(cell) {
    if (isFigure(cell)) return { text: textOf(cell).replace(/\s+/g, " "), path: "" };
    const row = cell.parentElement;
    const agent = sectionOf(cell).querySelector("h3").textContent;
    if (isFlag(cell)) return { text: `${agent}. ${textOf(cell)}`, path: "" };
    if (isOfAgents(cell)) {
      const heads = cell.closest("table").tHead.rows;
      const head = textOf(heads[heads.length - 1].cells[cell.cellIndex]);
      const said = cell.querySelector("i") || cell.querySelector("b");
      return { text: `${agent}. ${head}: ${said ? textOf(said) : words.states[textOf(cell)] || textOf(cell)}`, path: "" };
    }
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

  // Rows that follow each other in a list are told at once: "1–20: 0–19". Here each has its pointer, and no blank in it.
  const known = new WeakMap();
  function placesOf(section) {
    if (known.has(section)) return known.get(section);
    const places = new Map();
    for (const item of section.querySelectorAll(".pointers li")) {
      const [, first, last, step] = item.firstChild.textContent.match(/^(\d+)(?:\u2013(\d+))?: ([^]*)$/);
      const [record, place] = item.parentElement.previousElementSibling.children;
      const title = item.querySelector("i")?.textContent || "";
      for (let number = Number(first); number <= Number(last || first); number++) {
        const pointer = place.textContent + (last ? parseInt(step, 10) + number - first : step.trim());
        places.set(number, { record: record.textContent.slice(1), pointer, title });
      }
    }
    known.set(section, places);
    return places;
  }

  // What is unfolded has a line for each row.
  document.addEventListener("toggle", (event) => {
    const part = event.target;
    if (!part.open || !part.matches(".pointers")) return;
    for (const items of part.querySelectorAll("ul")) {
      const numbers = [...items.children].flatMap((item) => expanded(item.textContent.split(":")[0]));
      const places = placesOf(part.closest("section"));
      items.replaceWith(...[pointersOf(numbers, places)]);
    }
  }, true);

  function pointersOf(numbers, places) {
    const made = document.createElement("ol");
    for (const number of numbers) {
      const { record, pointer, title } = places.get(number);
      const code = document.createElement("code");
      code.className = "pointer";
      code.textContent = pointer;
      const item = document.createElement("li");
      item.append(`${number} `, linked(`R${record}`, `record-${record}`), " ", code, ` ${title}`);
      made.append(item);
    }
    return made;
  }

  function tell(cell) {
    const { text, path } = wordsOf(cell);
    const row = cell.parentElement;
    document.getElementById("cell-words").textContent = text;
    const claim = claimOf(cell);
    document.getElementById("cell-claim").textContent = claim;
    document.getElementById("cell-made").textContent = document.getElementById("made")?.textContent || "";
    const column = !row.id;
    const at = column ? null : placesOf(row.closest("section")).get(parseInt(row.cells[0].textContent, 10));
    document.getElementById("cell-evidence").hidden = document.getElementById("cell-proof").hidden = !at;
    document.getElementById("copy").hidden = !cell.closest(".matrix");
    if (at) {
      document.getElementById("cell-value").textContent = path ? declaredAt(cell, claim) : "";
      const [, , place, digest] = document.getElementById(`record-${at.record}`).cells;
      document.getElementById("cell-digest").textContent = textOf(digest);
      document.getElementById("cell-read").textContent = readOf(place);
      const record = document.getElementById("cell-record");
      record.textContent = `R${at.record}`;
      record.href = `#record-${at.record}`;
      document.getElementById("cell-pointer").textContent = at.pointer + (path ? `/data_risk/${path}` : "");
    }
    document.getElementById("cell-link").href = `#${row.id || sectionOf(cell).id}${path && !column ? `/${path}` : ""}`;
    panel.hidden = false;
    chosen?.classList.remove("chosen");
    chosen = cell;
    cell.classList.add("chosen");
    // What is told must not cover what it is told of.
    const covered = cell.getBoundingClientRect().bottom + 8 - panel.getBoundingClientRect().top;
    if (covered > 0) scrollBy(0, covered);
  }

  // When a record was read, and from where: its place begins with the name of its source.
  function readOf(place) {
    const sources = [...document.querySelectorAll(".sources tbody tr")].map((row) => [textOf(row.cells[0]), textOf(row.cells[2])]);
    const some = sources.filter(([name]) => place.textContent.startsWith(name));
    const [name, time] = some.sort((a, b) => b[0].length - a[0].length)[0] || sources[0] || ["", ""];
    return `${time}, ${name}`;
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
    const some = isOfAgents(cell) ? "tbody tr:not([hidden])" : "tbody tr[id], tfoot tr";
    const rows = [...cell.closest("table").querySelectorAll(some)];
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

  const CELL = ".matrix tbody td, .matrix tfoot td, .heat tbody td, .strip tbody td";
  const isCell = (node) => node instanceof HTMLElement && node.matches(CELL);
  const isTold = (node) => node instanceof HTMLElement && (isCell(node) || node.matches(".figures li"));
  for (const table of document.querySelectorAll(".matrix, .heat, .strip")) {
    const first = table.querySelector("tbody td");
    if (first) first.tabIndex = 0;
  }
  for (const figure of document.querySelectorAll(".figures li")) figure.tabIndex = 0;
  document.addEventListener("focusin", (event) => isTold(event.target) && tell(event.target));
  document.addEventListener("click", (event) => {
    const cell = event.target.closest?.("td, .flags li");
    if (isCell(cell)) enter(cell);
    else if (cell?.matches(".flags li:not(.uncounted)")) tell(cell);
  });
  document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest?.("td");
    if (isCell(cell) && !cell.title) cell.title = wordsOf(cell).text;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
      if (panel.contains(event.target)) chosen?.focus({ preventScroll: true });
      close();
    } else if (event.key === "Enter" && isTold(event.target)) {
      tell(event.target);
      document.getElementById("copy-claim").focus();
      event.preventDefault();
    } else if (isCell(event.target)) {
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
    const [id, ...path] = location.hash.slice(1).split("/");
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
  addEventListener("hashchange", () => recall() || arrive());

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

  document.getElementById("copy").addEventListener("click", () => {
    const lines = copied(chosen.closest("table"));
    const text = lines.map((line) => line.join("\t")).join("\n");
    const made = document.createElement("table");
    for (const line of lines) {
      const row = made.insertRow();
      for (const each of line) row.insertCell().textContent = each;
    }
    say(() => navigator.clipboard.write([
      new ClipboardItem({
        "text/plain": new Blob([text], { type: "text/plain" }),
        "text/html": new Blob([made.outerHTML], { type: "text/html" }),
      }),
    ]));
  });

  document.getElementById("copy-pointer").addEventListener("click", () => {
    say(() => navigator.clipboard.writeText(document.getElementById("cell-pointer").textContent));
  });

  document.getElementById("copy-claim").addEventListener("click", () => {
    say(() => navigator.clipboard.writeText(document.getElementById("cell-claim").textContent));
  });

  async function say(copying) {
    const said = document.getElementById("copied");
    try {
      await copying();
      said.textContent = words.copied;
    } catch {
      said.textContent = words.notCopied;
    }
  }

  // Links and names that follow from what the page says --------------------------------------------------------------

  // An agent's part gets its links when it comes near the window: in many agents they are many.
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) link(target);
  }, { rootMargin: "800px" });

  // In how many rows a column holds each answer, in its last row.
  const COUNTED = ["IApicrs", "?q", "XD"];
  function count(table) {
    const rows = [...table.querySelectorAll("tbody tr[id]")].filter((row) => row.cells.length > 2);
    const foot = table.createTFoot().insertRow();
    const head = document.createElement("th");
    head.textContent = words.counted.join("\n");
    foot.append(head);
    for (let place = 1; place <= words.fields.length; place++) {
      const letters = rows.map((row) => row.cells[place].textContent[0]);
      foot.insertCell().textContent = COUNTED.map((some) => letters.filter((letter) => some.includes(letter)).length).join("\n");
    }
  }

  function link(section) {
    near.unobserve(section);
    const table = section.querySelector(".matrix");
    if (!table?.tFoot && table) count(table);
    const { names } = agentOf.get(section.id);
    for (const line of section.querySelectorAll(".found tbody tr:not(:first-child)")) {
      const [rule, , declared, possible] = line.cells;
      if (document.getElementById(`r-${textOf(rule)}`)) rule.replaceChildren(linked(textOf(rule), `r-${textOf(rule)}`));
      if (declared.colSpan > 1) continue;
      for (const cell of [declared, possible]) {
        const runs = textOf(cell).split(" ").filter(Boolean);
        cell.replaceChildren(...runs.flatMap((run) => [linked(run, names[parseInt(run, 10) - 1].row.id), " "]));
      }
    }
  }
  for (const agent of agents) near.observe(agent.section);

  // What is laid out only near the window takes the room that it will need, so that links and the bar for scrolling
  // lead to where things are, and nothing seems to lie over its neighbour. It is measured when there is time.
  const unmeasured = new Set(agents.map((agent) => agent.section));
  const AT_ONCE = 4; // sections, for one layout of the page
  const QUIET = 400; // milliseconds without a keystroke
  const whenIdle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  let start = 0;

  function measure() {
    const some = [...unmeasured].filter((section) => !section.hidden).slice(0, AT_ONCE);
    for (const section of some) {
      link(section);
      section.classList.add("laid-out");
    }
    const heights = some.map((section) => section.getBoundingClientRect().height);
    some.forEach((section, place) => {
      unmeasured.delete(section);
      section.style.containIntrinsicBlockSize = `auto ${heights[place]}px`;
      section.classList.remove("laid-out");
    });
    measureSoon(0);
  }

  function measureSoon(delay = QUIET) {
    const some = [...unmeasured].some((section) => !section.hidden);
    document.body.classList.toggle("measured", !some);
    clearTimeout(start);
    if (some) start = setTimeout(() => whenIdle(measure), delay);
  }
  document.addEventListener("toggle", (event) => {
    const section = event.target.closest("section.agent");
    if (section) unmeasured.add(section);
    measureSoon();
  }, true);
  addEventListener("resize", () => {
    for (const agent of agents) unmeasured.add(agent.section);
    measureSoon();
  });
  measureSoon();
  addEventListener("beforeprint", () => agents.forEach((agent) => link(agent.section)));
  for (const each of document.querySelectorAll("#counted")) each.hidden = false;

  // A number of the summary leads to what it counts.
  for (const link of document.querySelectorAll("a[data-view]")) {
    link.href = `#?${link.dataset.view}`;
    link.addEventListener("click", () => setTimeout(() => document.getElementById("issues").scrollIntoView()));
  }

  for (const part of document.querySelectorAll(".scroll:not([aria-label]), .flow")) {
    const named = part.querySelector("caption") || part.previousElementSibling;
    part.setAttribute("aria-label", named.textContent.trim());
  }

  tools.hidden = false;
  if (!recall()) {
    find();
    arrive();
  }
})();
