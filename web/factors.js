// A challenge's factors: choose one, receive its code or touch a passkey, prove it.
import { busy, codeField, element, onSubmit, sallyport, text } from "./ui.js";
import { passkeys } from "./sallyport.js";

const POLL_MILLISECONDS = 2000;
const OF_OTHERS = ["authy", "verify", "passkey", "email"]; // whose hint tells one from another
const WITHOUT_MESSAGE = ["totp", "recovery"];

/** Shows the factors of a challenge in a place. `prove(factorId, proof)` returns what the API answers. */
export function askFactor(place, challenge, prove, done) {
  const finish = async (factor, proof) => {
    const answer = await prove(factor, proof);
    if (answer?.pending) return false;
    if (answer?.factors) askFactor(place, answer, prove, done);
    else await done(answer);
    return true;
  };
  const { factors } = challenge;
  if (factors.length === 1) return void offer(place, challenge, factors[0], finish);
  const buttons = factors.map((one) =>
    element("p", {}, element("button", { type: "button", class: "quiet wide-button", onclick: (event) => void busy(event.target, () => offer(place, challenge, one, finish)) }, title(one))),
  );
  place.replaceChildren(element("h2", { tabindex: "-1" }, text("factor.choose")), ...buttons, element("p", { role: "alert" }));
  place.querySelector("button").focus();
}

export const title = (factor) => [text(`factor.${factor.kind}`), ...(OF_OTHERS.includes(factor.kind) ? [factor.hint] : [])].join(" · ");

async function offer(place, challenge, factor, finish) {
  if (factor.kind === "passkey") return askPasskey(place, challenge, factor, finish);
  const channel = factor.channels?.length > 1 ? await chooseChannel(place, factor) : factor.channels?.[0];
  const isSent = !WITHOUT_MESSAGE.includes(factor.kind) && channel !== "app" && factor.id !== "email";
  askCode(place, factor, finish);
  if (isSent) await attempt(place, () => sallyport.startFactor(challenge.challenge_id, factor.id, channel));
  if (channel === "push") await poll(place, factor, finish);
}

const chooseChannel = (place, factor) =>
  new Promise((chosen) => {
    const buttons = factor.channels.map((one) =>
      element("button", { type: "button", class: "quiet", onclick: () => chosen(one) }, text(`channel.${one}`)),
    );
    place.replaceChildren(element("h2", {}, title(factor)), element("div", { class: "row" }, ...buttons), element("p", { role: "alert" }));
    place.querySelector("button").focus();
  });

function askCode(place, factor, finish) {
  const form = element("form", {}, element("h2", {}, title(factor)), ...codeField(factor.kind !== "recovery"), element("p", { role: "alert" }), element("button", {}, text("continue")));
  onSubmit(form, ({ code }) => finish(factor.id, { code }));
  place.replaceChildren(form);
  form.querySelector("input").focus();
}

async function askPasskey(place, challenge, factor, finish) {
  const use = async () => {
    const { options } = await sallyport.startFactor(challenge.challenge_id, factor.id);
    await finish(factor.id, { credential: await passkeys.get(options) });
  };
  const button = element("button", { type: "button", onclick: () => void busy(button, use) }, text("passkey.use"));
  place.replaceChildren(element("h2", {}, title(factor)), element("p", { role: "alert" }), button);
  button.focus();
}

const attempt = (place, act) => busy(place.querySelector("form"), act);

/** Asks whether the push was answered, as long as its form is shown. */
async function poll(place, factor, finish) {
  const form = place.querySelector("form");
  form.append(element("p", { class: "hint" }, text("push.wait")));
  while (form.isConnected) {
    await new Promise((next) => setTimeout(next, POLL_MILLISECONDS));
    let isOver = false;
    await attempt(place, async () => (isOver = await finish(factor.id, {})));
    if (isOver || form.querySelector("[role=alert]").textContent) return;
  }
}
