import { find, onSubmit, ready, sallyport, show } from "../ui.js";

let challenge = null;
const done = () => location.assign("/#signed-up");

onSubmit(find("#start"), async ({ email, password }) => {
  const answer = await sallyport.signUp(email, password);
  if (answer.user) return done(); // where addresses are not confirmed
  challenge = answer.challenge_id;
  show("confirm");
});
onSubmit(find("#confirm"), async ({ code }) => {
  await sallyport.confirmSignUp(challenge, code);
  done();
});
ready();
