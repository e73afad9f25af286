// The form that commands an output opens as a dialog; it closes by itself once the command is in the image.
(() => {
  "use strict";
  const dialog = document.getElementById("command-dialog"), body = document.getElementById("command-body");
  if (!dialog) return;
  document.addEventListener("htmx:after:swap", () => {
    if (!body.childElementCount) return;
    if (!dialog.open) dialog.showModal();
  });
  body.addEventListener("htmx:after:swap", () => body.querySelector("[autofocus], [aria-invalid], .field-error")?.focus());
  document.addEventListener("webmacs:commanded", () => dialog.close());
  dialog.addEventListener("close", () => body.replaceChildren());
})();
