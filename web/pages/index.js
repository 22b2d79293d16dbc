import { adding } from "./adding.js";
import { asking } from "./asking.js";
import { askFactor } from "../factors.js";
import { passkeys, pool } from "../sallyport.js";
import { busy, configuration, element, find, onSubmit, ready, sallyport, say, show, text } from "../ui.js";

const notice = { "#signed-up": "signup.done", "#reset": "reset.done", "#again": "signin.again" }[location.hash];
if (notice) say(text(notice));
history.replaceState(null, "", location.pathname);

function goOn(answer) {
  if (answer.signedIn) return location.assign("/account");
  if (answer.enrol_required) return enrol();
  show("factor");
  askFactor(find("#factor"), answer, (factor, proof) => sallyport.verify(answer.challenge_id, factor, proof), goOn);
}

const call = asking(sallyport);

/** Adds a factor where the service asks for one; its token is this page's alone, and then the sign-in begins anew. */
async function enrol() {
  say(text("signin.enrol"));
  show("factor");
  const place = find("#factor");
  const done = () => (say(text("factors.added")), show("password"));
  const { kinds } = await call("GET", "/me/factors/available");
  const buttons = kinds
    .filter((kind) => kind in adding)
    .map((kind) => {
      const add = () => adding[kind](place, call, done, find("#email").value);
      const label = text("factors.add", { kind: text(`factor.${kind}`) });
      const made = element("button", { type: "button", class: "quiet wide-button", onclick: () => void busy(made, add) }, label);
      return element("p", {}, made);
    });
  place.replaceChildren(...buttons);
  place.querySelector("button").focus();
}

const waiting = new AbortController();
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
onSubmit(find("#mail-form"), async ({ code }) => goOn(await sallyport.verify(mailed.challenge_id, "email", { code })));

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
