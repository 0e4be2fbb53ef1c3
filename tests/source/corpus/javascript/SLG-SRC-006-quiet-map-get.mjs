const http = new Map();

export const handler = async (event) => {
  const cache = new Map();
  return cache.get(event.id) ?? event.headers.get("x");
};
