// What the native module of aws-lambda-ric does, by node:http. An answer is sent before the next event is asked for.
"use strict";
const { Agent, request } = require("node:http");
const Module = require("node:module");

// Lambda names the handler by the command of the image.
process.env._HANDLER = process.argv[2];
process.env.LAMBDA_TASK_ROOT = process.cwd();

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API || "").split(":");
const plain = (text) => String(text).replace(/[^ -~]/g, "?");
let sent = Promise.resolve();

function ask(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { agent, headers, host, method, path: "/2018-06-01/runtime/invocation/" + path, port };
    const asked = request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve({ bodyJson: Buffer.concat(parts).toString(), headers: response.headers }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const transport = {
  initializeClient() {},
  next: () => sent.then(() => ask("GET", "next", {})),
  done(id, body) {
    sent = ask("POST", id + "/response", { "Content-Type": "application/json" }, body);
  },
  error(id, body, cause) {
    const headers = {
      "Content-Type": "application/json",
      "Lambda-Runtime-Function-Error-Type": plain(JSON.parse(body).errorType),
      "Lambda-Runtime-Function-XRay-Error-Cause": plain(cause || ""),
    };
    sent = ask("POST", id + "/error", headers, body);
  },
};

const load = Module._load;
Module._load = (name, ...rest) => (name === "./rapid-client.node" ? transport : load(name, ...rest));
