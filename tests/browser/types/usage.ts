// What a team's own page may write, and, under each `@ts-expect-error`, what it may not. Checked by tsc, never run.
import { connect, passkeys, pool, Refusal } from "sallyport";
import type { Challenge, Factor, SignedIn } from "sallyport";
import * as actual from "./implementation.js";

const declared: typeof import("sallyport") = actual;

async function page(): Promise<void> {
  const sallyport = declared.connect({ api: "https://sign-in.example.com/api", cookie: false });
  const stop: () => void = sallyport.onChange((isSignedIn) => isSignedIn || location.assign("/"));
  const begun: Challenge = await sallyport.signUp("ada@example.com", "violet otters paddle past nine");
  const { user } = await sallyport.confirmSignUp(begun.challenge_id, "12345678");
  const outcome: SignedIn | Challenge = await sallyport.signIn("ada@example.com", user.id);
  if (outcome.signedIn === undefined) {
    const [first]: Factor[] = outcome.factors ?? [];
    if (first) await sallyport.startFactor(outcome.challenge_id, first.id, first.channels[0]);
    await sallyport.verify(outcome.challenge_id, "totp", { code: "123456" });
  }
  try {
    await sallyport.call("POST", "/orders", { restaurant_id: "trattoria", quantity: 1 }, { "idempotency-key": "1" });
  } catch (error) {
    if (error instanceof Refusal && error.code === "step_up_required") console.log(error.acrValues, error.retryAfter);
  }
  if (passkeys.areHere() && (await passkeys.areOffered())) {
    await sallyport.signInWithPasskey({ conditional: true, signal: new AbortController().signal });
  }
  await pool.start({ url: "https://pool.example.com", client: "terminal", scopes: ["openid"], callback: "/pool" });
  await sallyport.signOut();
  stop();

  // @ts-expect-error a code is a text: numbers lose zeros
  await sallyport.confirmSignUp(begun.challenge_id, 12345678);
  // @ts-expect-error the tokens are nobody's to read
  console.log(sallyport.token);
  // @ts-expect-error a challenge has no tokens
  console.log(begun.access_token);
  // @ts-expect-error an unknown option
  connect({ storage: "localStorage" });
}

void page;
