// Calls of the API that ask, in a dialog, for a fresher or stronger sign-in where the API needs one.
import { askFactor } from "../factors.js";
import { busy, element, field, find, onSubmit, text } from "../ui.js";

const dialog = find("#dialog");

/** Returns `call`, which asks first where it must; `sure` asks a question, `tell` says something. */
export function asking(sallyport) {
  async function call(method, path, body) {
    try {
      return await sallyport.call(method, path, body);
    } catch (refusal) {
      if (refusal.code !== "step_up_required") throw refusal;
      await opened(text("stepup.title"), (place, done) => stepUp(sallyport, place, done));
      return sallyport.call(method, path, body);
    }
  }
  call.sure = (question) =>
    opened(question, (place, done) => place.replaceChildren(element("button", { type: "button", class: "bad", onclick: () => done(true) }, text("yes")))).catch(() => false);
  call.tell = (what) =>
    opened(what, (place, done) => place.replaceChildren(element("button", { type: "button", onclick: () => done(true) }, text("continue")))).catch(() => true);
  return call;
}

function opened(title, fill) {
  return new Promise((done, fail) => {
    const over = (settle) => (value) => {
      dialog.close();
      find("#dialog-body").replaceChildren();
      settle(value);
    };
    const given = () => over(fail)(new DOMException("cancelled", "AbortError"));
    find("#dialog-title").textContent = title;
    dialog.querySelector("[role=alert]").textContent = "";
    find("#dialog-cancel").onclick = given;
    dialog.oncancel = (event) => (event.preventDefault(), given());
    dialog.showModal();
    fill(find("#dialog-body"), over(done));
  });
}

/** By a second factor, or by a mailed code where there is none, or by the password where no mail is sent. */
async function stepUp(sallyport, place, done) {
  await busy(dialog.querySelector("#dialog-cancel"), async () => {
    const begun = await sallyport.stepUp({});
    if (begun.factors?.length) {
      const prove = (factor, proof) => sallyport.stepUp({ challenge_id: begun.challenge_id, factor_id: factor, ...proof });
      return askFactor(place, begun, prove, done);
    }
    const form = element("form", {}, ...field("password", text("password"), { type: "password", autocomplete: "current-password" }), element("p", { role: "alert" }), element("button", {}, text("continue")));
    onSubmit(form, async ({ password }) => done(await sallyport.stepUp({ password })));
    place.replaceChildren(form);
    form.querySelector("input").focus();
  });
}
