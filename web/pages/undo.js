import { busy, find, ready, sallyport, say, text } from "../ui.js";

// The token stands after `#`, which no server is sent, and not in the address any more once it is read.
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

find("#undo").addEventListener("click", (event) =>
  busy(event.target, async () => {
    await sallyport.undo(token);
    say(text("undo.done"));
    event.target.hidden = true;
  }),
);
ready();
