import * as cp from "node:child_process";

export const handler = async (event) => {
  const key = event.Records[0].s3.object.key;
  const name = decodeURIComponent(key.replace(/\+/g, " "));
  return cp.execSync("file " + name).toString(); // fires
};
