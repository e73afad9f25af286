// Puts the name of a channel into the formula where the cursor stands.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const formula = document.getElementById("formula");
  if (!button || !formula) return;
  formula.setRangeText(button.dataset.insert, formula.selectionStart, formula.selectionEnd, "end");
  formula.focus();
  formula.dispatchEvent(new Event("input", { bubbles: true }));
});
