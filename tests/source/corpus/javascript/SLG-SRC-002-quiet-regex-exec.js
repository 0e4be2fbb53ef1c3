const { execSync } = require("child_process");

exports.handler = async (event) => {
  const found = /^[a-z]+$/.exec(event.word);
  const PATTERN = /\d+/;
  return [found, PATTERN.exec(event.word), execSync("uname -a").toString()];
};
