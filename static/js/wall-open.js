// The link of a wall screen: its secret stands behind the #, is taken out of the address at once, and goes into the form.
const form = document.getElementById("open"), secret = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
if (secret) {
  form.elements.secret.value = secret;
  form.requestSubmit();
}
