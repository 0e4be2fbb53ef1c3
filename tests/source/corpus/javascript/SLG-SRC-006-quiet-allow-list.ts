const HOSTS = new Set(["a.example.com", "b.example.com"]);

export const handler = async (event: { url: string }) => {
  const url = new URL(event.url);
  if (!HOSTS.has(url.hostname)) {
    throw new Error("url");
  }
  return fetch(url);
};
