import { readFile, writeFile } from "node:fs/promises";

export const handler = async (event) => {
  await writeFile("/tmp/body.json", event.body);
  return readFile("/tmp/body.json", "utf8");
};
