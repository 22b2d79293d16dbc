import { busy, element, find, guard, onSubmit, ready, sallyport, text } from "../ui.js";

async function list() {
  const { orders } = await sallyport.call("GET", "/orders");
  const lines = orders.map((one) => element("li", {}, text("orders.line", { quantity: one.quantity, restaurant: one.restaurant_id })));
  find("#orders").replaceChildren(...(lines.length ? lines : [element("li", {}, text("orders.none"))]));
}

onSubmit(find("#order"), async ({ restaurant, quantity }) => {
  const once = { "idempotency-key": crypto.randomUUID() }; // a repetition of this request orders nothing more
  await sallyport.call("POST", "/orders", { restaurant_id: restaurant, quantity: Number(quantity) }, once);
  await list();
});

ready();
await guard();
await busy(find("section"), list);
