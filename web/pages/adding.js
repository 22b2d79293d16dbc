// Adding a second factor: a function for each kind, which fills a place and calls `done` once the factor is confirmed.
import { passkeys } from "../sallyport.js";
import { codeField, element, field, onSubmit, text } from "../ui.js";

function form(place, children, act) {
  const made = element("form", {}, ...children, element("p", { role: "alert" }), element("button", {}, text("continue")));
  onSubmit(made, act);
  place.replaceChildren(made);
  made.querySelector("input").focus();
}

const confirmedBy = (call, factor, done) => async ({ code }) => {
  await call("POST", `/me/factors/${factor}/confirm`, { code });
  await done();
};

async function totp(place, call, done) {
  const made = await call("POST", "/me/factors/totp");
  const svg = `data:image/svg+xml;base64,${btoa(made.qr_svg)}`;
  const shown = [
    element("p", {}, text("factors.scan")),
    element("img", { class: "qr", src: svg, alt: "" }),
    element("p", { class: "code", id: "secret" }, made.secret),
  ];
  form(place, [...shown, ...codeField(true)], confirmedBy(call, made.factor.id, done));
}

async function passkey(place, call, done) {
  const { factor, options } = await call("POST", "/me/factors/passkey");
  const credential = await passkeys.create(options);
  await call("POST", `/me/factors/${factor.id}/confirm`, { credential });
  await done();
}

async function verify(place, call, done) {
  form(place, field("phone", text("factors.phone"), { type: "tel", autocomplete: "tel", placeholder: "+44..." }), async ({ phone }) => {
    const { factor } = await call("POST", "/me/factors/verify", { phone: phone.replace(/[^+\d]/g, "") });
    await sent(place, call, factor.id, done);
  });
}

async function authy(place, call, done, address) {
  const email = address ?? (await call("GET", "/me")).email;
  const asked = [
    ...field("ccode", text("factors.country"), { inputmode: "numeric", placeholder: "44" }),
    ...field("phone", text("factors.number"), { type: "tel", autocomplete: "tel-national" }),
  ];
  form(place, asked, async ({ ccode, phone }) => {
    await call("POST", "/me/factors/authy", { email, phone: phone.replace(/\D/g, ""), ccode: ccode.replace(/\D/g, "") });
    const { factors } = await call("GET", "/me/factors");
    await sent(place, call, factors.find((one) => one.kind === "authy" && !one.confirmed).id, done);
  });
}

async function sent(place, call, factor, done) {
  await call("POST", `/me/factors/${factor}/code`, { channel: "sms" });
  form(place, codeField(true), confirmedBy(call, factor, done));
}

export const adding = { totp, passkey, authy, verify };
