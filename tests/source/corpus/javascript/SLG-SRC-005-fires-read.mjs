import { readFile } from "node:fs/promises";

export const handler = async (event) => {
  const text = await readFile(`/mnt/files/${event.queryStringParameters.name}`, "utf8"); // fires
  return { statusCode: 200, body: text };
};
