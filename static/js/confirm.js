// Links that lead to a question open it as a dialog where one stands on the page.
document.addEventListener("click", (it) => {
  const link = it.target.closest("[data-dialog], [data-close]");
  const dialog = link?.dataset.dialog ? document.getElementById(link.dataset.dialog) : link?.closest("dialog");
  if (!dialog) return;
  it.preventDefault();
  if (link.dataset.dialog) dialog.showModal(); else dialog.close();
});
