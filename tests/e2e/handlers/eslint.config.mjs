import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// What is checked is not where eslint is installed.
const require = createRequire(pathToFileURL(`${process.env.HANDLERS_NPM}/package.json`));
const parser = require("@typescript-eslint/parser");
const security = require("eslint-plugin-security");

// Every rule, as an error, and no comment switches one off.
const rules = Object.fromEntries(
  Object.keys(security.rules).map((name) => [`security/${name}`, "error"]),
);

export default [
  { ignores: ["**/node_modules/**", "**/dist/**"] },
  {
    files: ["**/*.ts"],
    languageOptions: { parser },
    plugins: { security },
    linterOptions: { noInlineConfig: true },
    rules,
  },
];
