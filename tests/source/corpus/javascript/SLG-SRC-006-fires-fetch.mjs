export const handler = async (event) => {
  const { callback } = JSON.parse(event.body);
  await fetch(callback, { method: "POST" }); // fires
};
