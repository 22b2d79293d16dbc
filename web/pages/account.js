import { adding } from "./adding.js";
import { asking } from "./asking.js";
import { title } from "../factors.js";
import { busy, element, find, guard, onSubmit, ready, sallyport, say, text, time } from "../ui.js";

const call = asking(sallyport);

const clicked = (id, act) => find(id).addEventListener("click", (event) => void busy(event.target, act));
const button = (label, act, kind = "quiet") => {
  const made = element("button", { type: "button", class: kind, onclick: () => void busy(made, act) }, label);
  return made;
};

async function showProfile() {
  const me = await call("GET", "/me");
  find("#name").value = me.name ?? "";
  find("#address-now").textContent = text("address.now", { email: me.email });
}
onSubmit(find("#profile"), async ({ name }) => {
  await call("PATCH", "/me", { name: name || null });
  say(text("saved"));
});

let address = null;
onSubmit(find("#address"), async ({ email }) => {
  address = (await call("PUT", "/me/email", { email })).challenge_id;
  find("#address-confirm").hidden = false;
  find("#address-confirm input").focus();
});
onSubmit(find("#address-confirm"), async ({ code }) => {
  await call("POST", "/me/email/confirm", { challenge_id: address, code });
  find("#address-confirm").hidden = true;
  find("#address").reset();
  say(text("address.done"));
  await showProfile();
});

onSubmit(find("#change-password"), async ({ current, password }) => {
  await call("PUT", "/me/password", { current_password: current, password });
  find("#change-password").reset();
  say(text("password.done"));
  await showSessions();
});

async function showFactors() {
  const { factors, recovery_codes_left: left } = await call("GET", "/me/factors");
  const confirmed = factors.filter((one) => one.confirmed);
  const lines = confirmed.map((one) => element("li", {}, title(one), button(text("remove"), () => remove(one))));
  find("#factor-list").replaceChildren(...(lines.length ? lines : [element("li", {}, text("factors.none"))]));
  find("#recovery").hidden = !confirmed.length;
  find("#recovery-left").textContent = text("recovery.left", { count: left });
}
async function remove(factor) {
  await call("DELETE", `/me/factors/${factor.id}`);
  say(text("factors.removed"));
  await showFactors();
}
async function offerFactors() {
  const { kinds } = await call("GET", "/me/factors/available");
  const offered = kinds.filter((kind) => kind in adding);
  const add = (kind) => adding[kind](find("#adding"), call, added);
  find("#add").replaceChildren(...offered.map((kind) => button(text("factors.add", { kind: text(`factor.${kind}`) }), () => add(kind))));
}
async function added() {
  find("#adding").replaceChildren();
  say(text("factors.added"));
  await showFactors();
}
clicked("#make-codes", async () => {
  const { codes } = await call("POST", "/me/recovery-codes");
  const lines = codes.map((one) => element("li", { class: "code" }, one));
  find("#recovery-codes").replaceChildren(element("p", {}, text("recovery.keep")), element("ul", { class: "list" }, ...lines));
  find("#recovery-left").textContent = text("recovery.left", { count: codes.length });
});

async function showSessions() {
  const { sessions } = await call("GET", "/me/sessions");
  const lines = sessions.map((one) => {
    const line = text("sessions.line", { ...one, at: time(one.last_used_at) });
    const end = one.current ? element("strong", {}, text("sessions.this")) : button(text("sessions.end"), () => endOne(one));
    return element("li", {}, element("span", {}, line), end);
  });
  find("#session-list").replaceChildren(...lines);
  find("#end-others").hidden = sessions.length < 2;
}
async function endOne(session) {
  await call("DELETE", `/me/sessions/${session.id}`);
  await showSessions();
}
clicked("#end-others", async () => {
  await call("DELETE", "/me/sessions?others=true");
  await showSessions();
});

clicked("#export", async () => {
  const data = JSON.stringify(await call("GET", "/me/export"), null, 2);
  const url = URL.createObjectURL(new Blob([data], { type: "application/json" }));
  element("a", { href: url, download: "account.json" }).click();
  URL.revokeObjectURL(url);
});
clicked("#delete", async () => {
  if (!(await call.sure(text("data.sure")))) return;
  const planned = await call("DELETE", "/me");
  const cancels = planned.sign_in_cancels ? ` ${text("data.cancel")}` : "";
  await call.tell(text("data.planned", { at: time(planned.delete_at) }) + cancels);
  await sallyport.signOut();
});

ready();
await guard();
await busy(find("#factors"), async () => {
  await Promise.all([offerFactors(), showFactors(), showProfile(), showSessions()]);
});
