import { readFile } from "node:fs/promises";
import path from "node:path";

const ROOT = "/mnt/files/";

export const handler = async (event) => {
  const file = path.resolve(ROOT, event.file);
  if (!file.startsWith(ROOT)) {
    throw new Error("file");
  }
  return readFile(file, "utf8");
};
