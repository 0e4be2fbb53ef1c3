const fs = require("fs");

exports.handler = async (event) => {
  await fs.promises.writeFile("/tmp/" + event.name, "x"); // fires
};
