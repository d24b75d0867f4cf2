// Small behaviour of every page, without inline script: menus close, the side menu opens, actions ask first.
"use strict";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const toggle = event.target.closest("[data-toggles]");
  if (toggle) {
    const open = document.getElementById(toggle.dataset.toggles).classList.toggle("show");
    toggle.setAttribute("aria-expanded", String(open));
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy).then(() => {
      copy.setAttribute("data-copied", "");
      setTimeout(() => copy.removeAttribute("data-copied"), 1500);
    });
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A filter that changes is applied at once; the box above a column checks all boxes of that name.
document.addEventListener("change", (event) => {
  const all = event.target.dataset.checks;
  if (all) {
    for (const box of document.getElementsByName(all)) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
