const BASE = "https://api.example.com/orders";

export const handler = async (event) => {
  await fetch(`${BASE}/${encodeURIComponent(event.id)}`);
  await fetch("https://api.example.com/items/" + event.id);
  await fetch(process.env.HOOK, { method: "POST", body: event.body });
};
