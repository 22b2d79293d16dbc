import { askFactor } from "../factors.js";
import { find, onSubmit, ready, sallyport, show } from "../ui.js";

let challenge = null;
const done = () => location.assign("/#reset");

onSubmit(find("#start"), async ({ email }) => {
  challenge = (await sallyport.forgotPassword(email)).challenge_id;
  show("reset");
});
onSubmit(find("#reset"), async ({ code, password }) => {
  const reset = (factor, proof) => sallyport.resetPassword(challenge, password, factor, proof);
  const answer = await reset("email", { code });
  if (!answer.factors) return done();
  show("factor");
  askFactor(find("#factor"), answer, reset, done);
});
ready();
