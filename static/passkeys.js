// Passkeys: the buttons show where the browser knows them, and what goes wrong is said in words. allauth's scripts do
// the rest; they ask the browser, and send what it answers.

for (const place of document.querySelectorAll("[data-passkey]")) place.hidden = !window.PublicKeyCredential;

const PASSKEY_TROUBLE = {
  NotAllowedError: "The passkey wasn’t used: you or your device stopped, or it took too long. Try again.",
  InvalidStateError: "This device already has a passkey for your account.",
  NotSupportedError: "This device can’t make such a passkey.",
  SecurityError: "Passkeys work only over https, under the name that they were made for.",
};

document.addEventListener("allauth.error", (event) => {
  const place = document.querySelector("[data-passkey-trouble]");
  if (!place) return;
  event.preventDefault();
  const words = PASSKEY_TROUBLE[event.detail.exception?.name] ?? "The passkey couldn’t be used. Reload the page and try again.";
  place.hidden = false;
  place.querySelector("p").textContent = words;
});
