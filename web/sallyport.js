// The client of the API, for the site's own pages and for a team's. No dependencies.
//
//   import { connect } from "./sallyport.js";
//   const sallyport = connect();
//
// The access token stays in this module's memory. On pages of the API's own origin the refresh token stays in a cookie
// that no script reads; `connect({ api, cookie: false })`, for other origins, keeps it in memory too.

const AHEAD_SECONDS = 30;
const MARK = "sallyport";

/** A refusal of the API, with its status, its stable code, its sentence, and after how many seconds to try again. */
export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.message ?? "The service does not answer.");
    this.status = status;
    this.code = problem.code ?? (status ? "refused" : "offline");
    this.retryAfter = retryAfter;
    this.acrValues = problem.acr_values;
  }
}

/** Returns a client of the API at this address. */
export function connect({ api = "/api", cookie = true } = {}) {
  const base = api.replace(/\/$/, "");
  const listeners = new Set();
  const tabs = cookie ? new BroadcastChannel("sallyport") : null;
  let token = null; // { access, until, refresh }

  function keep(next, isNews = true) {
    const [before, now] = [token, next].map((one) => one && userOf(one.access));
    token = next;
    if (cookie) next ? localStorage.setItem(MARK, "1") : localStorage.removeItem(MARK);
    if (isNews) tabs?.postMessage(next);
    if (before !== now) listeners.forEach((tell) => tell(before === null && now !== null));
  }

  tabs?.addEventListener("message", ({ data }) => keep(data, false));

  function taken(answer) {
    if (answer.access_token && answer.token_type === "Bearer" && !answer.enrol_required) {
      const until = Date.now() / 1000 + answer.expires_in;
      keep({ access: answer.access_token, until, refresh: answer.refresh_token ?? token?.refresh });
      return { signedIn: true };
    }
    if (answer.enrol_required) {
      token = { access: answer.access_token, until: Date.now() / 1000 + answer.expires_in, refresh: undefined };
    }
    return answer;
  }

  async function send(method, path, body, headers = {}) {
    const mode = cookie ? { "sallyport-refresh-token": "cookie" } : {};
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const options = { method, headers: { ...mode, ...type, ...headers }, cache: "no-store" };
    options.keepalive = path === "/refresh"; // a page that is left meanwhile must not lose the next token
    if (body !== undefined) options.body = JSON.stringify(body);
    return answered(await fetch(base + path, options).catch(() => null));
  }

  async function answered(response) {
    if (response === null) throw new Refusal(0, {});
    const text = await response.text();
    const content = text && (response.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : {};
    if (!response.ok) throw new Refusal(response.status, content, Number(response.headers.get("retry-after")) || 0);
    return content;
  }

  const isFresh = (seconds = AHEAD_SECONDS) => token !== null && token.until - seconds > Date.now() / 1000;

  /** Trades the refresh token for new tokens, once for all tabs. Returns whether somebody is signed in. */
  async function refresh(unless = token?.access) {
    const trade = async () => {
      if (token && token.access !== unless) return true; // another tab was faster
      if (cookie ? !localStorage.getItem(MARK) : !token?.refresh) return false;
      try {
        taken(await send("POST", "/refresh", cookie ? {} : { refresh_token: token.refresh }));
        return true;
      } catch (refusal) {
        if (refusal.code !== "invalid_grant") throw refusal;
        keep(null);
        return false;
      }
    };
    return cookie && navigator.locks ? navigator.locks.request("sallyport-refresh", trade) : trade();
  }

  /** Returns whether somebody is signed in; of a page that was just loaded too. */
  const isSignedIn = async () => isFresh() || (await refresh());

  /** Calls the API as who is signed in. Refreshes before the token ends, and once after a refusal that may come of it. */
  async function call(method, path, body, headers = {}) {
    if (!isFresh() && !(await refresh())) throw new Refusal(401, { code: "signed_out", message: "Signed out." });
    const used = token.access;
    const attempt = () => send(method, path, body, { ...headers, authorization: `Bearer ${token.access}` });
    try {
      return await attempt();
    } catch (refusal) {
      const mayBeOld = refusal.status === 403 || (refusal.status === 401 && refusal.code === "refused");
      if (!mayBeOld || !(await refresh(used)) || token.access === used) throw refusal;
      return attempt();
    }
  }

  return {
    isSignedIn,
    refresh,
    call,
    onChange(tell) {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    signUp: (email, password) => send("POST", "/signup", { email, password }),
    confirmSignUp: (challenge, code) => send("POST", "/signup/confirm", { challenge_id: challenge, code }),
    signIn: async (email, password) => taken(await send("POST", "/signin", { email, password })),
    signInByMail: (email) => send("POST", "/signin/code", { email }),
    startFactor: (challenge, factor, channel) =>
      send("POST", "/signin/factor", { challenge_id: challenge, factor_id: factor, ...(channel && { channel }) }),
    verify: async (challenge, factor, proof = {}) =>
      taken(await send("POST", "/signin/verify", { challenge_id: challenge, factor_id: factor, ...proof })),
    async signInWithPasskey({ conditional = false, signal } = {}) {
      const { challenge_id: challenge, options } = await send("POST", "/signin/passkey");
      const credential = await passkeys.get(options, { signal, ...(conditional && { mediation: "conditional" }) });
      return this.verify(challenge, "passkey", { credential });
    },
    forgotPassword: (email) => send("POST", "/password/forgot", { email }),
    resetPassword: (challenge, password, factor, proof = {}) =>
      send("POST", "/password/reset", { challenge_id: challenge, password, factor_id: factor, ...proof }),
    undo: (undoToken) => send("POST", "/undo", { token: undoToken }),
    /** Shows again who it is: `{}` to begin, then `{password}` or a factor's proof; the session goes on. */
    stepUp: async (proof = {}) => taken(await call("POST", "/stepup", proof)),
    /** Ends the session. Throws if it could not be ended, so that nobody leaves in the belief that it was. */
    async signOut() {
      await call("POST", "/signout").catch((refusal) => {
        if (refusal.status !== 401 && refusal.status !== 403) throw refusal;
      });
      keep(null);
    },
  };
}

/** Returns whose access token it is. */
const userOf = (access) => JSON.parse(new TextDecoder().decode(bytes(access.split(".")[1]))).sub;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

/** Passkeys: options and credentials between the API's JSON (WebAuthn Level 3 §5.1.8 to §5.1.10) and the browser. */
export const passkeys = {
  areHere: () => "PublicKeyCredential" in window,
  async areOffered() {
    return (await window.PublicKeyCredential?.isConditionalMediationAvailable?.()) ?? false;
  },
  async create(options) {
    const exclude = (options.excludeCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
    const user = { ...options.user, id: bytes(options.user.id) };
    const publicKey = { ...options, challenge: bytes(options.challenge), user, excludeCredentials: exclude };
    return json(await navigator.credentials.create({ publicKey }));
  },
  async get(options, more = {}) {
    const allow = (options.allowCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: allow };
    return json(await navigator.credentials.get({ publicKey, ...more }));
  },
};

function json(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((name) => response[name]).map((name) => [name, base64url(response[name])]);
  const transports = response.getTransports ? { transports: response.getTransports() } : {};
  return {
    id: credential.id,
    rawId: base64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { ...Object.fromEntries(given), ...transports },
  };
}

/** Signing in at the user pool: authorization code with PKCE (RFC 7636) and `state`, both for this tab alone. */
export const pool = {
  async start({ url, client, scopes, callback }) {
    const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
    const [verifier, state] = [random(), random()];
    const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    sessionStorage.setItem("sallyport-pool", JSON.stringify({ verifier, state }));
    const query = { response_type: "code", client_id: client, redirect_uri: callback, scope: scopes.join(" "), state };
    const pkce = { code_challenge: challenge, code_challenge_method: "S256" };
    location.assign(`${url}/oauth2/authorize?${new URLSearchParams({ ...query, ...pkce })}`);
  },
  /** Returns the pool's tokens for the address that it sent the browser back to; null if it was not asked. */
  async finish({ url, client, callback }) {
    const answer = new URLSearchParams(location.search);
    const known = JSON.parse(sessionStorage.getItem("sallyport-pool") ?? "null");
    sessionStorage.removeItem("sallyport-pool");
    history.replaceState(null, "", location.pathname);
    if (!known || !answer.has("code")) return null;
    if (answer.get("state") !== known.state) throw new Refusal(400, { code: "wrong_state" });
    const form = { grant_type: "authorization_code", client_id: client, redirect_uri: callback };
    const body = new URLSearchParams({ ...form, code: answer.get("code"), code_verifier: known.verifier });
    const response = await fetch(`${url}/oauth2/token`, { method: "POST", body }).catch(() => null);
    if (!response?.ok) throw new Refusal(response?.status ?? 0, { code: "pool_refused" });
    return response.json();
  },
};
