const serialize = require("node-serialize");

exports.handler = async (event) => {
  const cookie = Buffer.from(event.headers.cookie, "base64").toString();
  return serialize.unserialize(cookie); // fires
};
