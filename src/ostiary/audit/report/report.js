"use strict";
(() => {
  const all = [...document.querySelectorAll("details.control")];
  const bar = document.querySelector(".filter");
  const find = bar.querySelector("input");
  const said = bar.querySelector("output");
  const pressed = (name) =>
    [...bar.querySelectorAll(`button[data-${name}][aria-pressed="true"]`)].map((each) => each.dataset[name]);
  const text = new Map(all.map((each) => [each, each.textContent.toLowerCase()]));

  const apply = () => {
    const outcomes = pressed("outcome");
    const severities = pressed("severity");
    const gateways = pressed("gateway");
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of all) {
      const fits =
        (!outcomes.length || outcomes.includes(each.dataset.outcome)) &&
        (!severities.length || severities.includes(each.dataset.severity)) &&
        (!gateways.length || gateways.includes(each.dataset.gateway)) &&
        words.every((word) => text.get(each).includes(word));
      each.hidden = !fits;
      shown += fits;
    }
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("details.control:not([hidden])");
    }
    said.value = shown === all.length ? `${all.length} controls` : `${shown} of ${all.length} controls`;
  };

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    apply();
  });
  find.addEventListener("input", apply);

  for (const pre of document.querySelectorAll(".curl")) {
    if (!navigator.clipboard) break;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    pre.append(button);
  }

  const open = () => {
    const aimed = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (aimed && aimed.tagName === "DETAILS") aimed.open = true;
  };
  addEventListener("hashchange", open);
  open();
  bar.hidden = false;
  apply();
})();
