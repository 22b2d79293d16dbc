import { askFactor } from "../factors.js";
import { passkeys, pool } from "../sallyport.js";
import { busy, configuration, find, onSubmit, ready, sallyport, say, show, text } from "../ui.js";

const notice = { "#signed-up": "signup.done", "#reset": "reset.done", "#again": "signin.again" }[location.hash];
if (notice) say(text(notice));
history.replaceState(null, "", location.pathname);

function goOn(answer) {
  if (answer.signedIn) return location.assign("/account");
  if (answer.enrol_required) return location.assign("/account#enrol");
  show("factor");
  askFactor(find("#factor"), answer, (factor, proof) => sallyport.verify(answer.challenge_id, factor, proof), goOn);
}

let waiting = new AbortController();
const stopWaiting = () => waiting.abort();

onSubmit(find("#password-form"), async ({ email, password }) => {
  stopWaiting();
  goOn(await sallyport.signIn(email, password));
});

let mailed = null;
find("#by-mail").addEventListener("click", (event) => {
  if (!find("#email").reportValidity()) return;
  stopWaiting();
  void busy(event.target, async () => {
    mailed = await sallyport.signInByMail(find("#email").value);
    show("mail");
  });
});
onSubmit(find("#mail-form"), async ({ code }) => goOn(await sallyport.verify(mailed.challenge_id, "email", { code: code.replace(/\s/g, "") })));

ready();
if (await sallyport.isSignedIn().catch(() => false)) location.replace("/account");

const { factors, pool: known, origin } = { ...(await configuration()), origin: location.origin };

if (passkeys.areHere() && factors.includes("passkey")) {
  const button = find("#by-passkey");
  button.hidden = false;
  button.addEventListener("click", () => {
    stopWaiting();
    void busy(button, async () => goOn(await sallyport.signInWithPasskey()));
  });
  if (await passkeys.areOffered()) {
    sallyport.signInWithPasskey({ conditional: true, signal: waiting.signal }).then(goOn, () => null);
  }
}

if (known.callback === `${origin}/pool`) {
  const button = find("#by-pool");
  button.hidden = false;
  button.addEventListener("click", () => void busy(button, () => pool.start(known)));
}
