import fs from "fs";
import path from "path";

export const handler = async (event: { file: string }) => {
  const file = path.join("/mnt/files", event.file);
  fs.unlinkSync(file); // fires
};
