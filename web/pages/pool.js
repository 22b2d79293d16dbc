import { pool } from "../sallyport.js";
import { busy, configuration, find, ready, say, text } from "../ui.js";

ready();
await busy(find("section"), async () => {
  const { pool: known } = await configuration();
  const tokens = await pool.finish(known);
  if (!tokens) return say(text("pool.none"));
  const answer = await fetch("/api/hello", { headers: { authorization: `Bearer ${tokens.access_token}` } });
  say(text("pool.hello", { message: (await answer.json()).message }));
});
