// What the pages share: texts, elements, forms, and the sentence for each refusal.
import { Refusal, connect } from "./sallyport.js";
import en from "./texts/en.js";

export const sallyport = connect();
const LANGUAGES = { de: () => import("./texts/de.js") };
const language = navigator.language.split("-")[0];
const texts = language in LANGUAGES ? { ...en, ...(await LANGUAGES[language]()).default } : en;
document.documentElement.lang = language in LANGUAGES ? language : "en";

/** Returns a text, with `{name}` replaced. */
export const text = (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** Returns a time as people here write it. */
export const time = (iso) => new Date(iso).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

export const find = (selector) => document.querySelector(selector);

/** Returns a new element. Children are elements or text; text is never taken as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Returns a labelled input. */
export function field(name, label, attributes = {}) {
  const id = `field-${name}`;
  return [element("label", { for: id }, label), element("input", { id, name, required: true, ...attributes })];
}

export const codeField = (digits) =>
  field("code", text("code"), { autocomplete: "one-time-code", inputmode: digits ? "numeric" : "text", maxlength: 40 });

/** Returns the sentence for what went wrong. */
export function sentence(problem) {
  if (!(problem instanceof Refusal)) return problem.name === "NotAllowedError" ? text("refused.passkey") : text("refused.failed");
  const known = texts[`refused.${problem.code}`] ?? (problem.status === 429 || problem.status === 503 ? texts["refused.later"] : null);
  const after = problem.retryAfter ? ` ${text("refused.after", { seconds: problem.retryAfter })}` : "";
  return (known ?? problem.message) + after;
}

/** Does something once at a time for a button or a form, and says in its `role=alert` what went wrong. */
export async function busy(control, act) {
  const place = control.closest("form, section, dialog, main") ?? document.body;
  const said = place.querySelector("[role=alert]") ?? find("[role=alert]");
  const buttons = [...place.querySelectorAll("button")].filter((one) => !one.disabled);
  buttons.forEach((one) => (one.disabled = true));
  said.textContent = "";
  try {
    await act();
  } catch (problem) {
    if (problem?.code === "signed_out") return location.assign("/#again");
    if (problem?.name !== "AbortError") said.textContent = sentence(problem);
  } finally {
    buttons.forEach((one) => (one.disabled = false));
  }
}

/** Calls `act` with the form's values when it is sent; a code without the spaces that it was written with. */
export function onSubmit(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    if (values.code) values.code = values.code.replace(/\s/g, "");
    void busy(form, () => act(values));
  });
}

/** Shows one of the page's steps, and moves the focus into it. */
export function show(step) {
  for (const one of document.querySelectorAll("[data-step]")) one.hidden = one.dataset.step !== step;
  find(`[data-step="${step}"] input:not([hidden]), [data-step="${step}"] h2, [data-step="${step}"] button`)?.focus();
}

export const say = (what) => (find("[role=status]").textContent = what);

export const configuration = () => fetch("/config.json").then((answer) => answer.json());

/** Fills in the texts of the document, and the navigation. */
for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
document.title = `${find("h1").textContent} · ${find(".brand span").textContent}`;

/** Lets people use the page, once its scripts have taken over its forms: a form alone would send what was typed. */
export const ready = () => (find("main").inert = false);

/** Sends who is not signed in to the first page. */
export async function guard() {
  if (!(await sallyport.isSignedIn())) location.replace("/#again");
  sallyport.onChange((isSignedIn) => isSignedIn || location.replace("/"));
  find("#sign-out")?.addEventListener("click", (event) => busy(event.target, () => sallyport.signOut()));
}
