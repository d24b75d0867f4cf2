// The list of events: one box chooses all, and the button waits for a choice.
"use strict";

for (const form of document.querySelectorAll("[data-choices]")) {
  const all = form.querySelector("[data-choose-all]");
  const boxes = [...form.querySelectorAll("input[name=id]")];
  const button = form.querySelector("[data-needs-choice]");
  const refresh = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (button) button.disabled = chosen === 0;
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    refresh();
  });
  refresh();
}
